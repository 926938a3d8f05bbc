//! Capability: the processor's debug registers.

use core::ops::RangeInclusive;
use layout::VirtAddr;

/// Debug registers, for breakpoints without an int3 and for watchpoints.
pub trait DebugRegisters {
    /// Says what DR0 to DR3 and DR7 must be while the system runs. While
    /// the stub runs, and while a task makes a step, DR7 must enable none.
    fn set_debug_registers(&mut self, addresses: [u32; 4], control: u32);

    /// Returns whether interrupts themselves write to some of these
    /// addresses, so that they cannot be watched.
    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool;
}
