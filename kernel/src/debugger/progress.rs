//! How far an exception task has got: what to do if it faults itself.
//!
//! First it does for the kernel what its exception needs; then the stub is at
//! work, and then the kernel again. A fault of the former kind shows that what
//! the kernel does is ruined: the task starts over, and goes straight to the
//! stub. After a fault in the stub's work it starts over as well, and the
//! stub says that it has given an answer up.

use crate::cpu;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

/// What an exception task does.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// What its exception needs of the kernel.
    Kernel,
    /// The stub's work.
    Stub,
    /// It starts over after a fault in the stub's work.
    Recovery,
}

/// The exception under way.
struct Progress {
    /// A [`Phase`].
    phase: AtomicU8,
    /// Whether it goes straight to the stub.
    is_direct: AtomicBool,
    /// Its error code, or 0, and what CR2 was when it came.
    code: AtomicU32,
    cr2: AtomicU32,
}

static PROGRESS: Progress = Progress {
    phase: AtomicU8::new(Phase::Kernel as u8),
    is_direct: AtomicBool::new(false),
    code: AtomicU32::new(0),
    cr2: AtomicU32::new(0),
};

/// Remembers with what an exception task was entered.
pub(crate) fn begin(code: u32) {
    PROGRESS.code.store(code, Ordering::Relaxed);
    PROGRESS.cr2.store(cpu::page_fault_address(), Ordering::Relaxed);
}

/// Makes CR2 what it was when the exception came, and returns the error code.
pub(crate) fn begun_with() -> u32 {
    cpu::set_page_fault_address(PROGRESS.cr2.load(Ordering::Relaxed));
    PROGRESS.code.load(Ordering::Relaxed)
}

/// Does the stub's work.
pub(super) fn at_work<T>(work: impl FnOnce() -> T) -> T {
    set(Phase::Stub);
    let result = work();
    set(Phase::Kernel);
    result
}

/// Gives up the stub's work, in which the exception task has faulted. Returns
/// whether it was at work.
pub(crate) fn give_up() -> bool {
    let was_at_work = is(Phase::Stub);
    if was_at_work {
        set(Phase::Recovery);
    }
    was_at_work
}

/// Returns whether the task has started over after a fault in the stub's
/// work; it does not from here on.
pub(super) fn end_recovery() -> bool {
    let recovers = is(Phase::Recovery);
    if recovers {
        set(Phase::Kernel);
    }
    recovers
}

/// Makes the exception go straight to the stub. Returns whether it did so
/// before.
pub(crate) fn go_straight() -> bool {
    PROGRESS.is_direct.swap(true, Ordering::Relaxed)
}

/// Returns whether the exception goes straight to the stub.
pub(crate) fn goes_straight() -> bool {
    PROGRESS.is_direct.load(Ordering::Relaxed)
}

/// Returns the same, at the end of the exception.
pub(crate) fn end() -> bool {
    PROGRESS.is_direct.swap(false, Ordering::Relaxed)
}

fn is(phase: Phase) -> bool {
    PROGRESS.phase.load(Ordering::Relaxed) == phase as u8
}

fn set(phase: Phase) {
    PROGRESS.phase.store(phase as u8, Ordering::Relaxed);
}
