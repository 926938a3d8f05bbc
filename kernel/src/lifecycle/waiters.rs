//! The tasks that wait for the end of a process or task.

use crate::devices::preemption;
use crate::records::list::List;
use crate::records::process::{PROCESSES, Phase, Process};
use crate::records::table::Slot;
use crate::records::task::{Task, WaitLink};
use crate::records::wait_queue::WaitQueue;
use crate::schedule;

/// Wakes those that wait for the end of a process, when its last task has gone.
/// Without a parent, no process will ask for its status.
pub(super) fn report_end(process: &Slot<Process>) {
    wake_waiters(&process.waiters);
    if process.parent.get() == 0 {
        PROCESSES.remove(process.id());
    }
}

/// Wakes all tasks in a list of waiters.
pub(super) fn wake_waiters(waiters: &List<Task, WaitLink>) {
    while let Some(waiter) = waiters.pop() {
        waiter.wait_queue.set(WaitQueue::Nowhere);
        schedule::wake(waiter);
        preemption::allow_interrupts();
    }
}

/// Leaves the children of a process that ends without a parent. Those that have
/// already ended are removed.
pub(super) fn release_children_of(process: &Slot<Process>) {
    while let Some(child) = process.children.pop() {
        child.parent.set(0);
        if is_gone(child) {
            PROCESSES.remove(child.id());
        }
        preemption::allow_interrupts();
    }
}

/// Returns whether a process has ended, with all its tasks.
pub(super) fn is_gone(process: &Slot<Process>) -> bool {
    process.phase.get() == Phase::Death && process.tasks.is_empty()
}
