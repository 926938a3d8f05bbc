//! The processor's debug registers, and when they are enabled.
//!
//! The debugger decides their values. They are enabled while the system runs,
//! in ring 0 and in ring 3, but neither in exception tasks nor while a task is
//! single-stepped.

use crate::cpu;
use core::sync::atomic::{AtomicU32, Ordering};
use x86::debugregs::Dr7;

/// DR7 with nothing enabled.
const OFF: u32 = Dr7::EMPTY as u32;
/// The bits of DR7 that enable a register: local and global.
const ENABLE: u32 = 0b11;

/// The value of DR7 while the system runs.
static CONTROL: AtomicU32 = AtomicU32::new(OFF);

/// Sets DR0 to DR3, and the value of DR7 while the system runs.
pub(crate) fn set(addresses: [u32; 4], control: u32) {
    cpu::set_debug_addresses(addresses);
    CONTROL.store(control, Ordering::Relaxed);
}

/// Returns the value of DR7 while the system runs.
pub(crate) fn control() -> u32 {
    CONTROL.load(Ordering::Relaxed)
}

/// Disables all debug registers.
pub(crate) fn disable() {
    if control() != OFF {
        cpu::set_debug_control(OFF);
    }
}

/// Enables the debug registers that are in use.
pub(crate) fn enable() {
    let control = control();
    if control != OFF {
        cpu::set_debug_control(control);
    }
}

/// Returns which of the registers in use have hit, as in the low four bits of
/// DR6, and clears them. The processor may report others as well.
pub(crate) fn take_hits() -> u8 {
    let [.., status] = cpu::debug_registers();
    cpu::clear_debug_status();
    let control = control();
    let is_used = |index: &u32| control >> (2 * index) & ENABLE != 0;
    let used = (0..4).filter(is_used).fold(0, |bits, index| bits | 1 << index);
    (status & used) as u8
}
