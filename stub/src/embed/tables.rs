//! Capability: tables of what the kernel consists of.

use super::rows::{NoRows, RowSink};
use wire::rows::Table;

/// What the kernel tells of itself.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Facts {
    /// Its name and version; empty if it does not say.
    pub kernel: &'static str,
    /// The image's build id; empty if it has none.
    pub build_id: &'static [u8],
    /// Timer interrupts so far.
    pub ticks: u32,
    /// Timer interrupts a second.
    pub ticks_per_second: u32,
    /// Frames of memory.
    pub frames: u32,
    /// Frames that nobody uses.
    pub free_frames: u32,
}

/// Tables, for gdb's `info os`, `monitor` and host-cli.
pub trait Tables {
    /// Returns whether the kernel has this table, without a look at its rows:
    /// the answer must be safe whatever is corrupt. By default it has none.
    fn offers(&self, table: Table) -> bool {
        let _ = table;
        false
    }

    /// Pushes the rows of `table` with ids from `from` on, in order, until
    /// `sink` takes no more. `of` is what the table's description says. By
    /// default there are no tables.
    ///
    /// # Errors
    ///
    /// Fails if `of` does not exist or the table is not offered.
    fn rows(
        &mut self,
        table: Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        let _ = (table, of, from, sink);
        Err(NoRows::Unsupported)
    }

    /// Returns false while a structure that rows come from is being changed.
    /// By default that is never seen: a kernel that can be stopped amid a
    /// change must say so.
    fn is_consistent(&mut self) -> bool {
        true
    }

    /// Returns a number that changes when rows come or go. By default none
    /// do.
    fn generation(&mut self) -> u32 {
        0
    }

    /// Returns what the kernel tells of itself. By default nothing.
    fn facts(&mut self) -> Facts {
        Facts::default()
    }
}
