//! The parts of a document.

use crate::embed::Group;
use wire::fields::{Column, Value};

/// Called between rows to drain the receiver, which holds only sixteen bytes.
pub(crate) type PollLine<'p> = &'p mut dyn FnMut();

/// The parts of a document. One that was cut off is rewritten for the piece
/// that takes its rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Head,
    /// The row with this id, of this mailbox.
    Row {
        of: u32,
        id: u32,
    },
    Tail,
    End,
}

/// The contents of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'v> {
    /// The group that it belongs to, shown in the first column.
    pub(super) group: Option<Group>,
    pub(super) columns: &'v [Column],
    pub(super) values: &'v [Value<'v>],
}

impl<'v> Cells<'v> {
    /// Returns each column with its value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Column, Value<'v>)> {
        let group = self
            .group
            .map(|(name, id)| (Column::of::<u32>(name), Value::Number(id)));
        let own = self.columns.iter().copied().zip(self.values.iter().copied());
        group.into_iter().chain(own)
    }
}
