//! Where ring 0 takes interrupts.
//!
//! The kernel runs with interrupts off. It takes them only where it calls
//! [`allow_interrupts`] or [`halt`]: these are the points at which ring 0 may
//! be preempted.

use crate::cpu;
use crate::devices::meter;

/// Takes pending interrupts, then returns. The caller must have no change in
/// progress.
#[track_caller]
pub(crate) fn allow_interrupts() {
    meter::end();
    cpu::take_interrupts();
    meter::begin();
}

/// Takes pending interrupts at every `batch`th step of a loop, of which this
/// is number `index`.
#[track_caller]
pub(crate) fn allow_interrupts_every(batch: u32, index: u32) {
    if index % batch == batch - 1 {
        allow_interrupts();
    }
}

/// Halts until an interrupt has been handled.
#[track_caller]
pub(crate) fn halt() {
    meter::end();
    cpu::sleep_until_interrupt();
    meter::begin();
}
