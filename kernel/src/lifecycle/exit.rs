//! The end of tasks and processes.
//!
//! A process ends at once: whoever ends it releases everything that others can
//! see. Its tasks become zombies, because a task cannot free the stack that it
//! is running on; the keeper frees their memory.

use crate::devices::console::print_task_line;
use crate::devices::preemption;
use crate::lifecycle::reap::make_zombie;
use crate::lifecycle::waiters;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors;
use crate::process::{UNFINISHED, mailbox, port, window};
use crate::records::process::{Phase, Process};
use crate::records::table::Slot;
use crate::schedule;
use abi::{MAX_EXIT_STATUS, STATUS_FAULT, Text};
use layout::VirtAddr;
use structures::change::Change;
use wire::rows::State;

/// Gives a process its status, and releases everything of it that others can
/// see. It may be the running one.
fn begin_death(process: &'static Slot<Process>, status: u32) {
    process.phase.set(Phase::Death);
    process.status.set(Some(status));
    mailbox::destroy_all_of(process);
    waiters::release_children_of(process);
    port::release_all_of(process);
    window::forget_all_of(process);
}

/// Ends the running task's process because of a fault.
pub(crate) fn die_of(vector: u8, frame: &TrapFrame, address: VirtAddr) -> ! {
    let task = schedule::current();
    if let Some(process) = task.process() {
        print_task_line!(
            "killed: process ",
            process.id(),
            " (",
            Text(&process.name).as_bytes(),
            "), task ",
            task.id(),
            ": ",
            vectors::name(vector),
            " at ",
            VirtAddr(frame.eip),
            ", address ",
            address,
        );
        end_process(process, STATUS_FAULT + u32::from(vector));
    }
    leave()
}

/// Ends the running task; a process ends with its last task, and takes that
/// task's status.
#[inline(never)]
pub(crate) fn exit(status: u32) -> ! {
    {
        let _unfinished = Change::begin(&UNFINISHED);
        let task = schedule::current();
        if let Some(process) = task.process()
            && process.live_tasks.get() == 1
        {
            begin_death(process, status & MAX_EXIT_STATUS);
        }
        make_zombie(task);
    }
    leave()
}

/// Ends every task of a live process. If the caller is one of them, it must
/// then [`leave`].
pub(crate) fn end_process(process: &'static Slot<Process>, status: u32) {
    if process.phase.get() == Phase::Death {
        return;
    }
    let _unfinished = Change::begin(&UNFINISHED);
    begin_death(process, status);
    for task in process.tasks() {
        make_zombie(task);
        preemption::allow_interrupts();
    }
}

/// Yields for good: the running task is a zombie.
pub(crate) fn leave() -> ! {
    schedule::block(State::Zombie, None);
    unreachable!("a zombie is never woken")
}
