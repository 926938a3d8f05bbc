//! The end of tasks and processes.
//!
//! A task cannot take away the stack that it stands on. So it becomes a
//! zombie, and the kernel's reaper task gives its memory back.

use crate::console::print_line;
use crate::memory::foreign::ForeignSpace;
use crate::memory::frames::{self, Purse};
use crate::memory::records::Slot;
use crate::process::create::shared_slots;
use crate::process::record::{PROCESSES, Process};
use crate::process::task::{TASKS, Task, TaskQueue};
use crate::process::{mailbox, schedule};
use crate::trap::TrapFrame;
use crate::{cpu, fault};
use abi::Text;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::VirtAddr;
use layout::paging::ENTRIES;
use layout::regions::slot_is_per_task;
use wire::rows::State;

static ZOMBIES: TaskQueue = TaskQueue::new();
/// The reaper's id while it has nothing to do; else 0.
static SLEEPING_REAPER: AtomicU32 = AtomicU32::new(0);

/// Ends the running task's process because of a fault.
pub(crate) fn die_of(vector: u8, frame: &TrapFrame, address: VirtAddr) -> ! {
    let task = schedule::current();
    if let Some(process) = task.process() {
        print_line!(
            "killed: process ",
            process.id(),
            " (",
            Text(&process.name).as_bytes(),
            "), task ",
            task.id(),
            ": ",
            fault::name(vector),
            " at ",
            VirtAddr(frame.eip),
            ", address ",
            address,
        );
        end_process(process);
    }
    leave()
}

/// Ends the running task; its process ends with its last task.
pub(crate) fn exit() -> ! {
    let task = schedule::current();
    if let Some(process) = task.process() {
        let mut others = process.tasks().filter(|t| t.id() != task.id());
        if others.all(|other| other.state.get() == State::Zombie) {
            mailbox::destroy_all_of(process.id());
        }
    }
    bury(task);
    leave()
}

/// Ends every task of a process. The caller, if it is one of them, must
/// [`leave`].
pub(crate) fn end_process(process: &'static Slot<Process>) {
    mailbox::destroy_all_of(process.id());
    for task in process.tasks() {
        bury(task);
    }
}

/// Takes back at once a task that has never been able to run.
pub(crate) fn discard_task(task: &'static Slot<Task>) {
    dissolve(task);
}

/// Gives back what zombies had, and sleeps until there are new ones.
pub(crate) fn reap() -> ! {
    loop {
        while let Some(task) = ZOMBIES.pop() {
            dissolve(task);
            cpu::breathe();
        }
        let id = schedule::current_id();
        SLEEPING_REAPER.store(id, Ordering::Relaxed);
        schedule::block(State::Waiting, None);
    }
}

/// Makes a task a zombie and leaves it to the reaper.
fn bury(task: &'static Slot<Task>) {
    if task.state.get() == State::Zombie {
        return;
    }
    schedule::forget(task);
    mailbox::forget(task);
    task.state.set(State::Zombie);
    task.waits_for.set(None);
    ZOMBIES.push(task);
    let reaper = SLEEPING_REAPER.swap(0, Ordering::Relaxed);
    if let Some(reaper) = TASKS.get(reaper) {
        schedule::wake(reaper);
    }
}

/// Gives up the processor for good: the running task is a zombie.
fn leave() -> ! {
    schedule::block(State::Zombie, None);
    unreachable!("nobody wakes a zombie")
}

/// Gives back all that only this task had, and, if it was the last of its
/// process, what they shared.
fn dissolve(task: &'static Slot<Task>) {
    let Some(process) = task.process() else { return };
    let purse = process.purse();
    let is_last = process.tasks().all(|other| other.id() == task.id());
    let mut space = ForeignSpace::open(task.directory);
    if is_last {
        for slot in shared_slots() {
            free_slot(&mut space, slot, Pages::Owned, &purse);
        }
    }
    let per_task = |slot: &usize| slot_is_per_task(*slot as u32);
    for slot in (0..ENTRIES).filter(per_task) {
        // The low 4 MiB show the system's frames, the window its tables.
        let pages = if slot < ENTRIES / 2 { Pages::Lent } else { Pages::Owned };
        free_slot(&mut space, slot, pages, &purse);
    }
    drop(space);
    purse.free(task.directory);
    unlink(process, task);
    TASKS.remove(task.id());
    if is_last {
        PROCESSES.remove(process.id());
    }
}

/// Whether the frames behind a table go with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pages {
    Owned,
    Lent,
}

fn free_slot(
    space: &mut ForeignSpace,
    slot: usize,
    pages: Pages,
    purse: &Purse<'_>,
) {
    let entry = space.slot(slot);
    space.set_slot(slot, layout::paging::Entry::ABSENT);
    if !entry.is_present() || slot == layout::regions::RECURSIVE_SLOT as usize {
        return;
    }
    let table = entry.frame();
    if pages == Pages::Owned {
        for index in 0..ENTRIES {
            let page = space.table_entry(table, index);
            if page.is_present() && frames::is_memory(page.frame()) {
                purse.free(page.frame());
            }
        }
    }
    purse.free(table);
}

/// Takes a task out of its process' list.
fn unlink(process: &Process, task: &Slot<Task>) {
    let older = task.older_sibling.get();
    if process.newest_task.get() == task.id() {
        process.newest_task.set(older);
        return;
    }
    let newer = process.tasks().find(|t| t.older_sibling.get() == task.id());
    if let Some(newer) = newer {
        newer.older_sibling.set(older);
    }
}
