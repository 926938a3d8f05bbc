//! The processor's debug registers: whose they are, and when it heeds them.
//!
//! The debugger says what they are to be. The processor heeds them while
//! the system runs, in ring 0 as in ring 3, and not in exception tasks nor
//! while a task makes a step.

use crate::cpu;
use core::sync::atomic::{AtomicU32, Ordering};
use x86::debugregs::Dr7;

/// DR7 with nothing enabled.
const OFF: u32 = Dr7::EMPTY as u32;
/// The bits of DR7 that enable a register: local and global.
const ENABLE: u32 = 0b11;

/// What DR7 is to be while the system runs.
static CONTROL: AtomicU32 = AtomicU32::new(OFF);

/// Sets DR0 to DR3, and DR7 as it is to be while the system runs.
pub(crate) fn set(addresses: [u32; 4], control: u32) {
    cpu::set_debug_addresses(addresses);
    CONTROL.store(control, Ordering::Relaxed);
}

/// Returns DR7 as it is while the system runs.
pub(crate) fn control() -> u32 {
    CONTROL.load(Ordering::Relaxed)
}

/// Makes the processor heed none of them.
pub(crate) fn disable() {
    if control() != OFF {
        cpu::set_debug_control(OFF);
    }
}

/// Makes the processor heed those that are used.
pub(crate) fn enable() {
    let control = control();
    if control != OFF {
        cpu::set_debug_control(control);
    }
}

/// Returns which of those that are used have hit, as the low four bits of
/// DR6 have it, and forgets it. The processor may name others as well.
pub(crate) fn take_hits() -> u8 {
    let [.., status, _] = cpu::debug_registers();
    cpu::clear_debug_status();
    let control = control();
    let is_used = |index: &u32| control >> (2 * index) & ENABLE != 0;
    let used = (0..4).filter(is_used).fold(0, |bits, index| bits | 1 << index);
    (status & used) as u8
}
