//! Its tables.

use crate::size::HasTables;
use crate::state::{FakeMachine, MEMORY_BYTES};
use crate::tables;
use stub::embed::{Facts, NoRows, RowSink, Tables};
use wire::rows;

impl<S: HasTables> Tables for FakeMachine<S> {
    fn offers(&self, table: rows::Table) -> bool {
        tables::offers(table)
    }

    fn rows(
        &mut self,
        table: rows::Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        tables::rows(self.state().processes, table, of, from, sink)
    }

    fn is_consistent(&mut self) -> bool {
        self.state().is_consistent
    }

    fn generation(&mut self) -> u32 {
        17
    }

    fn facts(&mut self) -> Facts {
        Facts {
            kernel: "a kernel 1.2",
            build_id: &[0xAB, 0xCD],
            ticks: 1234,
            ticks_per_second: 100,
            frames: (MEMORY_BYTES >> 12) as u32,
            free_frames: 7,
        }
    }
}
