//! The x87 registers, which only ring 3 uses: they are saved and loaded when
//! the next task uses them, not at every switch.
//!
//! #NM reports such a use. It enters through an interrupt gate: with a task
//! gate, the return would set CR0.TS again, and the instruction would never
//! execute.

use crate::cpu;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use core::sync::atomic::{AtomicU32, Ordering};

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
pub(crate) fn not_available(task: &Slot<Task>) {
    cpu::allow_x87();
    let owner = OWNER.swap(task.id(), Ordering::Relaxed);
    if owner == task.id() {
        return;
    }
    if let Some(owner) = TASKS.get(owner) {
        cpu::save_x87(&owner.x87);
    }
    // A previous owner that has ended may have left an exception pending, for
    // which `frstor` would wait.
    cpu::initialise_x87();
    if task.has_used_x87.replace(true) {
        cpu::restore_x87(&task.x87);
    }
}
