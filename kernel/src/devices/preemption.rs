//! Where ring 0 takes interrupts.
//!
//! The kernel runs with interrupts off. It takes them only where it calls
//! [`breathe`] or [`halt`]: those are the points at which ring 0 may lose
//! the processor.

use crate::cpu;
use crate::devices::meter;

/// Lets pending interrupts in, then goes on. The caller holds no half-made
/// change.
#[track_caller]
pub(crate) fn allow_interrupts() {
    meter::end();
    cpu::take_interrupts();
    meter::begin();
}

/// Sleeps until an interrupt has been handled.
#[track_caller]
pub(crate) fn halt() {
    meter::end();
    cpu::sleep_until_interrupt();
    meter::begin();
}
