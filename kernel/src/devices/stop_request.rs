//! The kernel's own calls of the debugger: a reason, and an `int3`.

use crate::cpu;
use crate::devices::debug_line;
use core::sync::atomic::{AtomicBool, Ordering};

/// Why the kernel itself has run into a breakpoint.
static PANICKED: AtomicBool = AtomicBool::new(false);
static WAITING: AtomicBool = AtomicBool::new(false);

/// Stops the system until a debugger lets it go on.
pub(crate) fn wait() {
    WAITING.store(true, Ordering::Relaxed);
    cpu::breakpoint();
}

/// Shows a broken invariant to a debugger that may be there, and goes on.
pub(crate) fn stop_if_enabled() {
    if debug_line::has_stub() {
        PANICKED.store(true, Ordering::Relaxed);
        cpu::breakpoint();
    }
}

/// Stops the system for good, as often as a debugger resumes it.
pub(crate) fn panicked() -> ! {
    while debug_line::has_stub() {
        stop_if_enabled();
    }
    cpu::stop_forever()
}

/// Returns whether a breakpoint is one of [`wait`], and forgets it.
pub(crate) fn take_wait() -> bool {
    WAITING.swap(false, Ordering::Relaxed)
}

/// Returns whether a breakpoint is that of a broken invariant, and forgets
/// it.
pub(crate) fn take_panic() -> bool {
    PANICKED.swap(false, Ordering::Relaxed)
}
