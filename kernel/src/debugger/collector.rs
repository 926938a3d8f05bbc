//! What a table's rows are collected by.

use crate::memory::physical::PhysicalWindow;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};

/// Rows that are collected.
pub(super) trait Collector {
    /// The structures that they come from; none if they are read where the
    /// processor has them, which no change by the kernel leaves half done.
    ///
    /// Each is changed under a [`Change`](structures::change::Change), so that a
    /// reply says when it was amid one, and whether rows have moved since.
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
