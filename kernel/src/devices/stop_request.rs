//! The kernel's own calls of the debugger: a reason, and an `int3` or `int 1`.

use crate::cpu;
use crate::devices::debug_irq;
use core::sync::atomic::{AtomicU8, Ordering};

/// Why the kernel itself has raised a debug exception or a breakpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reason {
    /// A debugger is to let the system go on.
    Wait = 1,
    /// An invariant is broken.
    Panic,
    /// A step over a system call is over.
    EndOfStep,
}

/// The reason of the exception that comes next; [`NONE`] as a rule.
static REASON: AtomicU8 = AtomicU8::new(NONE);
const NONE: u8 = 0;

/// Stops the system until a debugger lets it go on.
pub(crate) fn wait() {
    set(Reason::Wait);
    cpu::breakpoint();
}

/// Shows a broken invariant to a debugger that may be there, and goes on.
pub(crate) fn stop_if_enabled() {
    if debug_irq::has_stub() {
        set(Reason::Panic);
        cpu::breakpoint();
    }
}

/// Stops the system for good, as often as a debugger resumes it.
pub(crate) fn panicked() -> ! {
    while debug_irq::has_stub() {
        stop_if_enabled();
    }
    cpu::stop_forever()
}

/// Ends the step in which the running task has made a system call: it stops
/// before the instruction after the call. Returns if no debugger minds.
pub(crate) fn end_step() {
    set(Reason::EndOfStep);
    cpu::debug_exception();
}

fn set(reason: Reason) {
    REASON.store(reason as u8, Ordering::Relaxed);
}

/// Returns whether this is the reason of the exception that has come, and
/// forgets it then.
pub(crate) fn take(reason: Reason) -> bool {
    let taken = REASON.load(Ordering::Relaxed) == reason as u8;
    if taken {
        clear();
    }
    taken
}

/// Forgets the reason.
pub(crate) fn clear() {
    REASON.store(NONE, Ordering::Relaxed);
}
