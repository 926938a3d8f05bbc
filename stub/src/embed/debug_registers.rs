//! Capability: the processor's debug registers.

use core::ops::RangeInclusive;
use layout::VirtAddr;

/// Debug registers, for hardware breakpoints and watchpoints. By default there
/// are none, and the stub tells the debugger so.
pub trait DebugRegisters {
    /// Sets the linear addresses in DR0 to DR3 and the `control` value in DR7
    /// with which the system runs. While the stub runs, and while a task is
    /// being single-stepped, DR7 must enable none of them.
    ///
    /// Called when a debugger attaches and at least whenever its hardware
    /// breakpoints or watchpoints change. Returns whether the machine has debug
    /// registers; the answer must always be the same.
    fn set_debug_registers(
        &mut self,
        addresses: [u32; 4],
        control: u32,
    ) -> bool {
        let _ = (addresses, control);
        false
    }

    /// Returns whether interrupt delivery itself may write to any of these
    /// linear addresses, so that they cannot be watched. Called before a
    /// watchpoint is set, never for a breakpoint. By default it may write
    /// anywhere, so there are breakpoints but no watchpoints.
    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        let _ = addresses;
        true
    }
}
