//! The debug registers, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::machine::{debug_registers, entry_points};
use core::ops::RangeInclusive;
use layout::VirtAddr;
use layout::regions::{DESCRIPTORS, EXCEPTION_TSSES, KERNEL_STACK, KERNEL_TSS};
use stub::embed::DebugRegisters;

impl DebugRegisters for KernelMachine {
    #[inline(never)]
    fn set_debug_registers(
        &mut self,
        addresses: [u32; 4],
        control: u32,
    ) -> bool {
        debug_registers::set(addresses, control);
        true
    }

    #[inline(never)]
    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        let (first, last) = (addresses.start().0, addresses.end().0);
        let rows = [KERNEL_STACK, EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS];
        let stacks = entry_points::all_exception_stacks();
        rows.iter().any(|row| first <= row.last().0 && row.start.0 <= last)
            || first < stacks.end && stacks.start <= last
    }
}
