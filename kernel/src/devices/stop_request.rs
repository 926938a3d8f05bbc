//! How the kernel itself calls the debugger: a reason, and an `int3` or `int1`.

use crate::cpu;
use crate::devices::debug_irq;
use core::sync::atomic::{AtomicU8, Ordering};

/// Why the kernel has raised a breakpoint or debug exception.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reason {
    /// The system must not continue until a debugger resumes it.
    Wait = 1,
    /// An invariant is broken.
    Panic,
    /// A step over a system call is complete.
    EndOfStep,
}

/// The reason for the next exception; usually [`NONE`].
static REASON: AtomicU8 = AtomicU8::new(NONE);
const NONE: u8 = 0;

/// Stops the system until a debugger resumes it.
pub(crate) fn wait() {
    set(Reason::Wait);
    cpu::breakpoint();
}

/// Reports a broken invariant to the debugger, if there is a stub, and returns
/// when it resumes.
pub(crate) fn stop_if_enabled() {
    if debug_irq::has_stub() {
        set(Reason::Panic);
        cpu::breakpoint();
    }
}

/// Stops the system for good: it stops again whenever a debugger resumes it.
pub(crate) fn panicked() -> ! {
    while debug_irq::has_stub() {
        stop_if_enabled();
    }
    cpu::stop_forever()
}

/// Ends the step in which the running task has made a system call, so that it
/// stops before the instruction after the call. Returns if the debugger does
/// not stop it there.
pub(crate) fn end_step() {
    set(Reason::EndOfStep);
    cpu::debug_exception();
}

fn set(reason: Reason) {
    REASON.store(reason as u8, Ordering::Relaxed);
}

/// Returns whether this is the reason for the current exception, and clears it
/// if so.
pub(crate) fn take(reason: Reason) -> bool {
    let taken = REASON.load(Ordering::Relaxed) == reason as u8;
    if taken {
        clear();
    }
    taken
}

/// Clears the reason.
pub(crate) fn clear() {
    REASON.store(NONE, Ordering::Relaxed);
}
