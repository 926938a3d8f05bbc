//! How far an exception task has got, which decides what happens if it faults.
//!
//! It first works for the kernel, then for the stub, and then for the kernel
//! again. A fault in its work for the kernel means that kernel data is corrupt:
//! the task restarts, and goes straight to the stub. After a fault in the
//! stub's work it restarts as well, and the stub reports that it has abandoned
//! an answer.

use crate::cpu;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

/// The phases of an exception task.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// Its work for the kernel.
    Kernel,
    /// The stub's work.
    Stub,
    /// It has been restarted after a fault in the stub's work.
    Recovery,
}

/// The exception being handled.
struct Progress {
    /// A [`Phase`].
    phase: AtomicU8,
    /// Whether it goes straight to the stub.
    is_direct: AtomicBool,
    /// Its error code or 0, and the value of CR2 on entry.
    code: AtomicU32,
    cr2: AtomicU32,
}

static PROGRESS: Progress = Progress {
    phase: AtomicU8::new(Phase::Kernel as u8),
    is_direct: AtomicBool::new(false),
    code: AtomicU32::new(0),
    cr2: AtomicU32::new(0),
};

/// Saves the state with which an exception task was entered.
pub(crate) fn begin(code: u32) {
    PROGRESS.code.store(code, Ordering::Relaxed);
    PROGRESS.cr2.store(cpu::page_fault_address(), Ordering::Relaxed);
}

/// Restores CR2, and returns the error code.
pub(crate) fn restore_entry() -> u32 {
    cpu::set_page_fault_address(PROGRESS.cr2.load(Ordering::Relaxed));
    PROGRESS.code.load(Ordering::Relaxed)
}

/// Runs `work` as the stub's work.
pub(super) fn at_work<T>(work: impl FnOnce() -> T) -> T {
    set(Phase::Stub);
    let result = work();
    set(Phase::Kernel);
    result
}

/// Abandons the stub's work, in which the exception task has faulted. Returns
/// whether that was its phase.
pub(crate) fn give_up() -> bool {
    let was_at_work = is(Phase::Stub);
    if was_at_work {
        set(Phase::Recovery);
    }
    was_at_work
}

/// Ends the recovery from a fault in the stub's work; returns whether there was
/// one.
pub(super) fn end_recovery() -> bool {
    let recovers = is(Phase::Recovery);
    if recovers {
        set(Phase::Kernel);
    }
    recovers
}

/// Makes the exception go straight to the stub. Returns whether it already did.
pub(crate) fn set_direct() -> bool {
    PROGRESS.is_direct.swap(true, Ordering::Relaxed)
}

/// Returns whether the exception goes straight to the stub.
pub(crate) fn is_direct() -> bool {
    PROGRESS.is_direct.load(Ordering::Relaxed)
}

/// Returns the same, and clears it, at the end of the exception.
pub(crate) fn take_direct() -> bool {
    PROGRESS.is_direct.swap(false, Ordering::Relaxed)
}

fn is(phase: Phase) -> bool {
    PROGRESS.phase.load(Ordering::Relaxed) == phase as u8
}

fn set(phase: Phase) {
    PROGRESS.phase.store(phase as u8, Ordering::Relaxed);
}
