//! What a table's rows are collected by.

use crate::memory::physical::PhysicalWindow;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};

/// Rows that are collected.
pub(super) trait Collector {
    /// The structures that the rows are read from; empty if they are read from
    /// the processor's own tables, which the kernel never leaves half changed.
    ///
    /// Every change to them is made under a
    /// [`Change`](structures::change::Change), so that a reply can say that one
    /// was in progress, and that rows were added or removed since.
    const SOURCES: &'static [Structure];

    /// Pushes the rows with ids from `from` on, in order, until `sink` takes
    /// no more. `of` is what the table's description says.
    ///
    /// # Errors
    ///
    /// Fails if `of` does not exist.
    fn collect(
        window: &mut PhysicalWindow,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows>;
}
