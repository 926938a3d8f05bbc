//! The tables and facts of this kernel, for the stub.

use crate::debugger::collector::Asked;
use crate::debugger::machine::KernelMachine;
use crate::debugger::tables;
use crate::devices::clock;
use crate::machine::boot;
use crate::memory::frames;
use structures::change;
use stub::embed::{Facts, NoRows, RowSink, Tables};
use wire::rows::Table;

impl Tables for KernelMachine {
    fn offers(&self, _: Table) -> bool {
        true
    }

    #[inline(never)]
    fn rows(
        &mut self,
        table: Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        let asked = Asked { window: &mut self.window, of, from };
        tables::collect(table, asked, sink)
    }

    #[inline(never)]
    fn is_consistent(&mut self) -> bool {
        change::is_consistent()
    }

    #[inline(never)]
    fn generation(&mut self) -> u32 {
        change::generation()
    }

    #[inline(never)]
    fn facts(&mut self) -> Facts {
        Facts {
            kernel: concat!("stormglass ", env!("CARGO_PKG_VERSION")),
            build_id: boot::build_id(),
            ticks: clock::ticks(),
            ticks_per_second: clock::TICKS_PER_SECOND,
            frames: frames::total(),
            free_frames: frames::free_count(),
        }
    }
}
