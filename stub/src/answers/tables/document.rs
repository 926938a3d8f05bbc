//! A table being sent to a debugger. It is never kept as a whole: a
//! [`Document`] knows how far it got, and writes the next piece.

use super::listing::Listing;
use super::part::{Part, PollLine};
use super::piece::{Form, Piece};
use crate::answers::window::Window;
use crate::embed::Machine;
use crate::link::Reply;
use crate::target::Debuggee;

/// A table being sent to the debugger, and how far it got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Document {
    /// What it lists.
    pub(crate) listing: Listing,
    /// The task whose pages are listed, if the table lists pages.
    pub(crate) task: u32,
    pub(crate) form: Form,
    /// How far it got.
    pub(crate) cursor: Cursor,
}

/// A position in a document: the end of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cursor {
    part: Part,
    /// How many bytes of this part have been written.
    written: usize,
}

impl Cursor {
    /// The beginning.
    pub(crate) const START: Self = Self { part: Part::Head, written: 0 };

    /// Returns whether everything has been written.
    pub(crate) fn is_end(self) -> bool {
        self.part == Part::End
    }
}

impl Document {
    /// Writes the next piece: at most `most` bytes, and as many as fit in
    /// `reply`. Returns how many it wrote.
    pub(crate) fn piece<M: Machine>(
        &mut self,
        most: usize,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
        poll_line: PollLine<'_>,
    ) -> usize {
        let Self { listing, task, form, cursor } = *self;
        let Cursor { part, written } = cursor;
        let is_hex = form == Form::Lines;
        let out = Window::new(written, most, is_hex, reply);
        let mut piece = Piece { form, part, group: None, out, poll_line };
        // An error only means that the piece is full.
        let _ = piece.write(listing, task, debuggee);
        let Piece { part, out: Window { written, room, .. }, .. } = piece;
        self.cursor = Cursor { part, written };
        most.saturating_sub(room)
    }
}
