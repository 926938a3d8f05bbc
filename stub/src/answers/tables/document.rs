//! A table on its way to a debugger. It is never kept as a whole: a
//! [`Document`] knows how far it has got, and writes the next piece.

use super::listing::Listing;
use super::part::{Hear, Part};
use super::piece::{Form, Out, Piece};
use crate::embed::Machine;
use crate::link::Reply;
use crate::target::Debuggee;

/// A table on its way to the debugger, and how far it has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Document {
    /// What it lists.
    pub(crate) listing: Listing,
    /// The task whose pages are listed, if they are.
    pub(crate) task: u32,
    form: Form,
    /// How far it has got.
    pub(crate) cursor: Cursor,
}

/// A place in a document: the end of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cursor {
    part: Part,
    /// How many bytes of this part have been written.
    written: usize,
}

impl Cursor {
    /// The beginning.
    pub(crate) const START: Self = Self { part: Part::Head, written: 0 };

    /// Returns whether all has been written.
    pub(crate) fn is_end(self) -> bool {
        self.part == Part::End
    }
}

impl Document {
    /// Returns a table in XML, of which the part before `cursor` has been
    /// written.
    pub(crate) const fn xml(
        listing: Listing,
        task: u32,
        cursor: Cursor,
    ) -> Self {
        Self { listing, task, form: Form::Xml, cursor }
    }

    /// Returns the beginning of a table in lines.
    pub(crate) const fn lines(listing: Listing, task: u32) -> Self {
        let cursor = Cursor::START;
        Self { listing, task, form: Form::Lines, cursor }
    }

    /// Writes the next piece: `most` bytes of it, or what `reply` takes.
    /// Returns how many bytes that were.
    pub(crate) fn piece<M: Machine>(
        &mut self,
        most: usize,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
        hear: Hear<'_>,
    ) -> usize {
        let Self { listing, task, form, cursor } = *self;
        let Cursor { part, written } = cursor;
        let (skip, room, is_full) = (written, most, false);
        let written = 0;
        let out = Out { skip, written, room, is_full, form, reply };
        let mut piece = Piece { form, part, group: None, out, hear };
        // An error is only how the piece says that it is full.
        let _ = piece.write(listing, task, debuggee);
        let Piece { part, out: Out { written, room, .. }, .. } = piece;
        self.cursor = Cursor { part, written };
        most.saturating_sub(room)
    }
}
