//! The x87 and SSE registers, which only ring 3 uses: they are saved and loaded
//! when the next task uses either, not at every switch.
//!
//! #NM reports such a use. It enters through an interrupt gate: with a task
//! gate, the return would set CR0.TS again, and the instruction would never
//! execute.

use crate::cpu;
use crate::machine::processor;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use wire::sse;
use wire::x87::{self, Image};

/// The task whose values are in the registers; 0 if none.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Prepares a switch to `next`.
pub(crate) fn switch_to(next: &Slot<Task>) {
    if OWNER.load(Ordering::Relaxed) == next.id() {
        cpu::allow_x87();
    } else {
        cpu::forbid_x87();
    }
}

/// Gives the registers to the running `task`, which has just tried to use them.
///
/// A debugger may stop the kernel amid this, and sees each task's values all the
/// same, but for the one instruction between `fnsave` and `frstor`: as long as
/// a task is the owner, the registers are its own.
pub(crate) fn not_available(task: &Slot<Task>) {
    cpu::allow_x87();
    let owner = OWNER.load(Ordering::Relaxed);
    if owner == task.id() {
        return;
    }
    if let Some(owner) = TASKS.get(owner) {
        cpu::copy_x87(&owner.x87);
        if processor::current().has_sse() {
            cpu::copy_sse(&owner.sse);
        }
    }
    OWNER.store(0, Ordering::Relaxed);
    cpu::load_x87(&task.x87);
    if processor::current().has_sse() {
        cpu::load_sse(&task.sse);
    }
    OWNER.store(task.id(), Ordering::Relaxed);
}

/// Returns a task's x87 registers, wherever they are.
pub(crate) fn registers(task: &Slot<Task>) -> Image {
    if OWNER.load(Ordering::Relaxed) != task.id() {
        return task.x87.get();
    }
    let image = Cell::new(x87::INITIAL);
    with_unit(|| cpu::copy_x87(&image));
    image.get()
}

/// Sets a task's x87 registers, wherever they are.
pub(crate) fn set_registers(task: &Slot<Task>, registers: Image) {
    // What is loaded is saved before another task's is.
    task.x87.set(registers);
    if OWNER.load(Ordering::Relaxed) == task.id() {
        with_unit(|| cpu::load_x87(&task.x87));
    }
}

/// Returns a task's SSE registers, wherever they are. The processor must have
/// them.
pub(crate) fn sse_registers(task: &Slot<Task>) -> sse::Image {
    if OWNER.load(Ordering::Relaxed) != task.id() {
        return task.sse.get();
    }
    let image = Cell::new(sse::INITIAL);
    with_unit(|| cpu::copy_sse(&image));
    image.get()
}

/// Sets a task's SSE registers, wherever they are. The processor must have
/// them.
pub(crate) fn set_sse_registers(task: &Slot<Task>, registers: sse::Image) {
    // What is loaded is saved before another task's is.
    task.sse.set(registers);
    if OWNER.load(Ordering::Relaxed) == task.id() {
        with_unit(|| cpu::load_sse(&task.sse));
    }
}

/// Uses the unit, which #NM guards from all but its owner, and guards it again
/// as before: an exception task, in which the stub runs, always begins with
/// CR0.TS set.
fn with_unit(act: impl FnOnce()) {
    let was_allowed = cpu::is_x87_allowed();
    cpu::allow_x87();
    act();
    if !was_allowed {
        cpu::forbid_x87();
    }
}
