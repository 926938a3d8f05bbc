//! Capability: the processor's debug registers.

use core::ops::RangeInclusive;
use layout::VirtAddr;

/// Debug registers, for breakpoints without an int3 and for watchpoints. By
/// default there are none, and a debugger is told so.
pub trait DebugRegisters {
    /// Says what DR0 to DR3 and DR7 must be while the system runs. While
    /// the stub runs, and while a task makes a step, DR7 must enable none.
    /// Returns whether there are such registers.
    fn set_debug_registers(
        &mut self,
        addresses: [u32; 4],
        control: u32,
    ) -> bool {
        let _ = (addresses, control);
        false
    }

    /// Returns whether interrupts themselves may write to some of these
    /// addresses, so that they cannot be watched. By default any may be
    /// written to: there are breakpoints, and no watchpoints.
    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        let _ = addresses;
        true
    }
}
