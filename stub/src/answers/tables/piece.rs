//! A piece of a document being written.

use super::grid::{Cells, Grid};
use super::listing::Listing;
use super::part::{Hear, Part, begin_group};
use crate::embed::{Group, Machine, TextRows};
use crate::link::Reply;
use crate::target::Debuggee;
use core::fmt::{self, Write};
use wire::columns::Columns;

/// A piece of a document being written.
pub(super) struct Piece<'p> {
    pub(super) grid: Option<&'p Grid>,
    pub(super) part: Part,
    pub(super) group: Group,
    pub(super) cells: Cells,
    pub(super) out: Out<'p>,
    pub(super) hear: Hear<'p>,
}

impl Piece<'_> {
    pub(super) fn write<M: Machine>(
        &mut self,
        listing: &'static Listing,
        task: u32,
        debuggee: &mut Debuggee<M>,
    ) -> fmt::Result {
        if self.part == Part::Head {
            self.head(listing)?;
            self.begin(Part::Row { of: 0, id: 0 });
        }
        if let Part::Row { of, id } = self.part {
            listing.rows((of, id), task, self, debuggee)?;
            self.begin(Part::Tail);
        }
        if self.part == Part::Tail {
            if self.grid.is_none() {
                self.out.write_str("</osdata>")?;
            }
            self.begin(Part::End);
        }
        Ok(())
    }

    fn head(&mut self, listing: &Listing) -> fmt::Result {
        match self.grid {
            None => {
                self.out.write_str(concat!(
                    "<?xml version=\"1.0\"?>",
                    "<!DOCTYPE target SYSTEM \"osdata.dtd\">",
                    "<osdata type=\"",
                ))?;
                self.out.write_str(listing.name)?;
                self.out.write_str("\">")
            }
            Some(grid) if grid.is_empty() => {
                self.out.write_str("no ")?;
                self.out.write_str(listing.name)?;
                self.out.write_str("\n")
            }
            Some(grid) => grid.write_names(&mut self.out),
        }
    }

    /// Begins a part, unless it is the one that was cut.
    fn begin(&mut self, part: Part) {
        self.part = part;
        self.out.written = 0;
    }
}

impl Columns for Piece<'_> {
    fn column(&mut self, name: &'static str) -> fmt::Result {
        let index = self.cells.begin();
        if self.grid.is_some() {
            return Ok(());
        }
        if index > 0 {
            self.out.write_str("</column>")?;
        }
        self.out.write_str("<column name=\"")?;
        for c in name.chars() {
            self.out.write_char(if c == '_' { ' ' } else { c })?;
        }
        self.out.write_str("\">")
    }

    fn text(&mut self, text: &str) -> fmt::Result {
        if self.grid.is_some() {
            self.cells.add(text);
            return Ok(());
        }
        for c in text.chars() {
            match c {
                '&' => self.out.write_str("&amp;"),
                '<' => self.out.write_str("&lt;"),
                '>' => self.out.write_str("&gt;"),
                // XML has no place for these.
                c if c.is_control() => self.out.write_char('?'),
                c => self.out.write_char(c),
            }?;
        }
        Ok(())
    }
}

impl TextRows for Piece<'_> {
    fn group(&mut self, group: Group) {
        self.group = group;
    }

    fn begin_row(&mut self, id: u32) -> fmt::Result {
        self.hear();
        self.begin(Part::Row { of: self.group.1, id });
        self.cells.clear();
        if self.grid.is_none() {
            self.out.write_str("<item>")?;
        }
        begin_group(self.group, self)
    }

    fn end_row(&mut self) -> fmt::Result {
        match self.grid {
            None => self.out.write_str("</column></item>"),
            Some(grid) => grid.write_row(&self.cells, &mut self.out),
        }
    }

    fn wants_more(&self) -> bool {
        !self.out.is_full
    }

    fn hear(&mut self) {
        (self.hear)();
    }
}

/// How far a piece has got, and where it goes.
pub(super) struct Out<'p> {
    /// Bytes of this part that stand in pieces before.
    pub(super) skip: usize,
    /// Bytes of this part so far, those included.
    pub(super) written: usize,
    pub(super) room: usize,
    pub(super) is_full: bool,
    /// Whether the reply is binary; else it is digits.
    pub(super) is_binary: bool,
    pub(super) reply: &'p mut Reply,
}

impl Out<'_> {
    fn push(&mut self, byte: u8) -> fmt::Result {
        if let Some(less) = self.skip.checked_sub(1) {
            self.skip = less;
        } else if let Some(less) = self.room.checked_sub(1)
            && self.reply.room() >= 2
        {
            self.room = less;
            if self.is_binary {
                self.reply.push_binary(byte);
            } else {
                self.reply.push_hex(byte);
            }
        } else {
            self.is_full = true;
            return Err(fmt::Error);
        }
        self.written = self.written.saturating_add(1);
        Ok(())
    }
}

impl Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().try_for_each(|byte| self.push(byte))
    }
}
