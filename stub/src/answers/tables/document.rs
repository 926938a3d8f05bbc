//! A table on its way to a debugger. It is never kept as a whole: a
//! [`Document`] knows how far it has got, and writes the next piece.

use super::grid::{Cells, Grid};
use super::listing::Listing;
use super::measure::Measure;
use super::part::{Hear, NO_GROUP, Part};
use super::piece::{Out, Piece};
use crate::embed::Machine;
use crate::link::Reply;
use crate::target::Debuggee;

/// A table on its way to the debugger, and how far it has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Document {
    /// What it lists.
    pub(crate) listing: &'static Listing,
    /// The task whose pages are listed, if they are.
    pub(crate) task: u32,
    /// The columns, if it is written in lines of text, and not in gdb's XML.
    ///
    /// Spec: GDB manual, "Operating System Information".
    grid: Option<Grid>,
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
        listing: &'static Listing,
        task: u32,
        cursor: Cursor,
    ) -> Self {
        Self { listing, task, grid: None, cursor }
    }

    /// Returns the beginning of a table in lines.
    pub(crate) const fn lines(listing: &'static Listing, task: u32) -> Self {
        let grid = Some(Grid::new());
        Self { listing, task, grid, cursor: Cursor::START }
    }

    /// Looks at all rows once, to see how wide the columns are.
    fn measure<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        hear: Hear<'_>,
    ) {
        let Some(grid) = &mut self.grid else { return };
        let cells = Cells::new();
        let mut measure = Measure { grid, cells, group: NO_GROUP, hear };
        // It takes all rows.
        let _ = self.listing.rows((0, 0), self.task, &mut measure, debuggee);
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
        if self.cursor == Cursor::START {
            self.measure(debuggee, hear);
        }
        let Self { listing, task, cursor, .. } = *self;
        let Cursor { part, written } = cursor;
        let is_binary = self.grid.is_none();
        let (skip, room, is_full) = (written, most, false);
        let written = 0;
        let out = Out { skip, written, room, is_full, is_binary, reply };
        let (grid, cells) = (self.grid.as_ref(), Cells::new());
        let mut piece = Piece { grid, part, group: NO_GROUP, cells, out, hear };
        // An error is only how the piece says that it is full.
        let _ = piece.write(listing, task, debuggee);
        let Piece { part, out: Out { written, room, .. }, .. } = piece;
        self.cursor = Cursor { part, written };
        most.saturating_sub(room)
    }
}
