//! How the memory of tasks that have ended is freed.

use crate::devices::preemption;
use crate::lifecycle::{keeper, waiters};
use crate::memory::foreign::ForeignSpace;
use crate::memory::frames;
use crate::process::account;
use crate::records::list::List;
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use crate::records::task::{Run, TASKS, Task};
use crate::schedule;
use layout::paging::Entry;
use layout::regions::{RECURSIVE_SLOT, slot_is_per_task, slot_is_shared};
use wire::rows::State;

static ZOMBIES: List<Task, Run> = List::new();

/// Makes a task a zombie and leaves the rest to the keeper.
pub(crate) fn make_zombie(task: &'static Slot<Task>) {
    if task.state.get() == State::Zombie {
        return;
    }
    schedule::forget(task);
    task.state.set(State::Zombie);
    task.waits_for.set(None);
    if let Some(process) = task.process() {
        process.live_tasks.set(process.live_tasks.get() - 1);
    }
    ZOMBIES.push(task);
    keeper::call_keeper();
}

/// Frees the resources of one zombie; returns whether there was one.
pub(crate) fn reap_zombie() -> bool {
    let Some(task) = ZOMBIES.pop() else { return false };
    let process = task.process();
    reap(task);
    if let Some(process) = process.filter(|process| waiters::is_gone(process)) {
        waiters::report_end(process);
    }
    true
}

/// Frees at once a task that has never been able to run.
pub(crate) fn discard_task(task: &'static Slot<Task>) {
    if let Some(process) = task.process() {
        process.live_tasks.set(process.live_tasks.get() - 1);
    }
    reap(task);
}

/// Frees at once a process of which no task has ever run.
pub(crate) fn discard_process(process: &'static Slot<Process>) {
    for task in process.tasks() {
        discard_task(task);
    }
    if let Some(frame) = process.data.take() {
        account::release(frame);
    }
    if let Some(parent) = PROCESSES.get(process.parent.get()) {
        parent.children.remove(process);
    }
    waiters::wake_waiters(&process.waiters);
    PROCESSES.remove(process.id());
}

/// Frees everything that belongs to this task only and, if it is the last of
/// its process, what the process shares.
fn reap(task: &'static Slot<Task>) {
    let Some(process) = task.process() else { return };
    let is_last = process.tasks().all(|other| other.id() == task.id());
    let mut space = ForeignSpace::open(task.directory);
    for (slot, _) in space.present_slots() {
        let is_own = slot_is_per_task(slot as u32);
        if is_own || is_last && slot_is_shared(slot as u32) {
            free_slot(&mut space, slot);
            preemption::allow_interrupts();
        }
    }
    drop(space);
    preemption::allow_interrupts();
    account::release(task.directory);
    process.tasks.remove(task);
    waiters::wake_waiters(&task.waiters);
    TASKS.remove(task.id());
}

/// Frees a table, with the frames that it maps.
fn free_slot(space: &mut ForeignSpace, slot: usize) {
    let entry = space.slot(slot);
    space.set_slot(slot, Entry::ABSENT);
    if slot == RECURSIVE_SLOT as usize {
        return;
    }
    let table = entry.frame();
    // The pages of the low 4 MiB belong to the system.
    if slot != 0 {
        for (_, page) in space.present_entries(table) {
            if frames::is_memory(page.frame()) {
                account::release(page.frame());
            }
            preemption::allow_interrupts();
        }
    }
    preemption::allow_interrupts();
    account::release(table);
}
