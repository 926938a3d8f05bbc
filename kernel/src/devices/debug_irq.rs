//! The IRQ of the debug UART.

use core::sync::atomic::{AtomicU8, Ordering};

/// Its number; [`NONE`] without `debug=`.
static IRQ: AtomicU8 = AtomicU8::new(NONE);
const NONE: u8 = u8::MAX;

/// Sets it: from now on the kernel has a stub.
pub(crate) fn set(irq: u8) {
    IRQ.store(irq, Ordering::Relaxed);
}

/// Returns it; valid only if the kernel has a stub.
pub(crate) fn number() -> u8 {
    IRQ.load(Ordering::Relaxed)
}

/// Returns whether the kernel has a stub.
pub(crate) fn has_stub() -> bool {
    number() != NONE
}
