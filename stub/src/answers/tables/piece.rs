//! A piece of a document being written.

use super::listing::Listing;
use super::part::{Cells, Part, PollLine};
use super::{line, markup};
use crate::answers::window::Window;
use crate::embed::{Group, Machine, TextRows};
use crate::target::Debuggee;
use core::fmt::{self, Write};
use wire::fields::{Column, Value};

/// How a table is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// In gdb's XML.
    Xml,
    /// In lines of text.
    Lines,
}

/// A piece of a document being written.
pub(super) struct Piece<'p> {
    pub(super) form: Form,
    pub(super) part: Part,
    pub(super) group: Option<Group>,
    pub(super) out: Window<'p>,
    pub(super) poll_line: PollLine<'p>,
}

impl Piece<'_> {
    pub(super) fn write<M: Machine>(
        &mut self,
        listing: Listing,
        task: u32,
        debuggee: &mut Debuggee<M>,
    ) -> fmt::Result {
        if (self.part, self.form) == (Part::Head, Form::Xml) {
            markup::write_head(listing.name(), &mut self.out)?;
            self.begin(Part::Row { of: 0, id: 0 });
        }
        let rows = match self.part {
            // In lines, the head is the column names, which come with the first
            // row.
            Part::Head => Some((0, 0)),
            Part::Row { of, id } => Some((of, id)),
            Part::Tail | Part::End => None,
        };
        if let Some(from) = rows {
            listing.rows(from, task, self, debuggee)?;
            if self.part == Part::Head {
                self.out.write_str("no ")?;
                self.out.write_str(listing.name())?;
                self.out.write_str("\n")?;
            }
            self.begin(Part::Tail);
        }
        if self.part == Part::Tail {
            if self.form == Form::Xml {
                markup::write_tail(&mut self.out)?;
            }
            self.begin(Part::End);
        }
        Ok(())
    }

    /// Begins a part of which nothing has been written yet.
    fn begin(&mut self, part: Part) {
        self.part = part;
        self.out.written = 0;
    }
}

impl TextRows for Piece<'_> {
    fn group(&mut self, group: Group) {
        self.group = Some(group);
    }

    fn row(
        &mut self,
        id: u32,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> fmt::Result {
        self.poll_line();
        let cells = Cells { group: self.group, columns, values };
        if self.part == Part::Head {
            line::write_headings(&cells, &mut self.out)?;
        }
        let of = self.group.map_or(0, |(_, of)| of);
        self.begin(Part::Row { of, id });
        match self.form {
            Form::Xml => markup::write_row(&cells, &mut self.out),
            Form::Lines => line::write_row(&cells, &mut self.out),
        }
    }

    fn wants_more(&self) -> bool {
        !self.out.is_full
    }

    fn poll_line(&mut self) {
        (self.poll_line)();
    }
}
