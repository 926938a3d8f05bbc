//! The first look at all rows: how wide the columns are.

use super::grid::{Cells, Grid};
use super::part::{Hear, begin_group};
use crate::embed::{Group, TextRows};
use core::fmt;
use wire::columns::Columns;

/// Looks how wide the columns are.
pub(super) struct Measure<'m> {
    pub(super) grid: &'m mut Grid,
    pub(super) cells: Cells,
    pub(super) group: Group,
    pub(super) hear: Hear<'m>,
}

impl Columns for Measure<'_> {
    fn column(&mut self, name: &'static str) -> fmt::Result {
        let index = self.cells.begin();
        self.grid.name(index, name);
        Ok(())
    }

    fn text(&mut self, text: &str) -> fmt::Result {
        self.cells.add(text);
        Ok(())
    }
}

impl TextRows for Measure<'_> {
    fn group(&mut self, group: Group) {
        self.group = group;
    }

    fn begin_row(&mut self, _: u32) -> fmt::Result {
        self.hear();
        self.cells.clear();
        begin_group(self.group, self)
    }

    fn end_row(&mut self) -> fmt::Result {
        self.grid.measure(&self.cells);
        Ok(())
    }

    fn wants_more(&self) -> bool {
        true
    }

    fn hear(&mut self) {
        (self.hear)();
    }
}
