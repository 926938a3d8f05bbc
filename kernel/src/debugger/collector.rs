//! What a table's rows are collected by.

use crate::memory::physical::PhysicalWindow;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};

/// Which rows a collector is asked for.
pub(super) struct Asked<'w> {
    /// How it reads memory by physical address.
    pub(super) window: &'w mut PhysicalWindow,
    /// What the table's description says.
    pub(super) of: u32,
    /// The id of the first one.
    pub(super) from: u32,
}

/// Rows that are collected.
pub(super) trait Collector {
    /// The structures that the rows are read from; empty if they are read from
    /// the processor's own tables, which the kernel never leaves half changed.
    ///
    /// Every change to them is made under a
    /// [`Change`](structures::change::Change), so that a reply can say that one
    /// was in progress, and that rows were added or removed since.
    const SOURCES: &'static [Structure];

    /// Pushes the rows that are asked for, in order, until `sink` takes no
    /// more.
    ///
    /// # Errors
    ///
    /// Fails if what the rows are of does not exist.
    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows>;
}
