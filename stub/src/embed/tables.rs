//! Capability: tables of the kernel's objects.

use super::rows::{NoRows, RowSink};
use wire::rows::Table;

/// What the kernel reports about itself.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Facts {
    /// Its name and version; empty if unknown.
    pub kernel: &'static str,
    /// The image's build id; empty if it has none.
    pub build_id: &'static [u8],
    /// Timer interrupts since boot.
    pub ticks: u32,
    /// Timer interrupts per second.
    pub ticks_per_second: u32,
    /// Page frames in total.
    pub frames: u32,
    /// Free page frames.
    pub free_frames: u32,
}

/// Tables, for gdb's `info os`, `monitor` and host-cli.
pub trait Tables {
    /// Returns whether the kernel has this table, without reading its rows: the
    /// answer must be safe no matter what is corrupt. By default it has none.
    fn offers(&self, table: Table) -> bool {
        let _ = table;
        false
    }

    /// Pushes the rows of `table` whose ids are `from` or higher, in ascending
    /// order, until `sink` takes no more. The description of each [`Table`]
    /// says what `of` means. By default there are no tables.
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

    /// Returns false while a structure that rows are read from is being
    /// changed. Called for each reply to host-cli. By default always true: a
    /// kernel that can be stopped in the middle of a change must override it.
    fn is_consistent(&mut self) -> bool {
        true
    }

    /// Returns a number that changes whenever a row appears or disappears, and
    /// may wrap around. Called for each reply to host-cli. By default it never
    /// changes.
    fn generation(&mut self) -> u32 {
        0
    }

    /// Returns what the kernel reports about itself. By default nothing.
    fn facts(&mut self) -> Facts {
        Facts::default()
    }
}
