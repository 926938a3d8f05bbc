//! Its debug registers.

use crate::size::HasDebugRegisters;
use crate::state::{FakeMachine, STACK};
use layout::{PAGE_BYTES, VirtAddr};
use std::ops::RangeInclusive;
use stub::embed::DebugRegisters;

impl<S: HasDebugRegisters> DebugRegisters for FakeMachine<S> {
    fn set_debug_registers(
        &mut self,
        addresses: [u32; 4],
        control: u32,
    ) -> bool {
        self.state().debug_registers = (addresses, control);
        true
    }

    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        let page = STACK..=STACK + PAGE_BYTES - 1;
        page.contains(&addresses.start().0) || page.contains(&addresses.end().0)
    }
}
