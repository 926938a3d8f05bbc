//! The interrupt line of the UART that the debugger is on.

use core::sync::atomic::{AtomicU8, Ordering};

/// Its number; [`NO_LINE`] without `debug=`.
static LINE: AtomicU8 = AtomicU8::new(NO_LINE);
const NO_LINE: u8 = u8::MAX;

/// Says which it is: there is a stub from now on.
pub(crate) fn set(line: u8) {
    LINE.store(line, Ordering::Relaxed);
}

/// Returns which it is; only where there is a stub.
pub(crate) fn number() -> u8 {
    LINE.load(Ordering::Relaxed)
}

/// Returns whether the kernel has a stub.
pub(crate) fn has_stub() -> bool {
    number() != NO_LINE
}
