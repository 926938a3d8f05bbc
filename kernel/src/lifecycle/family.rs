//! Parents and children: who may end a process, and who waits for its end.
//!
//! A process that has ended keeps its record, and in it the status, until its
//! parent has asked for it or has itself ended.

use crate::lifecycle::exit;
use crate::lifecycle::waiters::is_gone;
use crate::records::process::{PROCESSES, Phase};
use crate::records::table::Slot;
use crate::records::task::TASKS;
use crate::records::wait_queue::WaitQueue;
use crate::schedule;
use crate::schedule::deadline::Deadline;
use abi::{Error, STATUS_KILLED};
use wire::rows::{State, Wait, WaitKind};

/// Ends a process; see the system call.
#[inline(never)]
pub(crate) fn kill(id: u32) -> Result<(), Error> {
    let process = PROCESSES.get(id).ok_or(Error::ProcessUnavailable)?;
    let own = schedule::current().process;
    if id != own && process.parent.get() != own {
        return Err(Error::AccessDenied);
    }
    match process.phase.get() {
        // The keeper ends it as soon as its creation is complete.
        Phase::Creation => process.status.set(Some(STATUS_KILLED)),
        Phase::Life => exit::end_process(process, STATUS_KILLED),
        Phase::Death => {}
    }
    if id == own {
        exit::leave();
    }
    Ok(())
}

/// Waits for the end of a process; see the system call.
#[inline(never)]
pub(crate) fn wait_for_process(
    id: u32,
    milliseconds: u32,
) -> Result<u32, Error> {
    let task = schedule::current();
    let deadline = Deadline::after(milliseconds);
    loop {
        let process = PROCESSES.get(id).ok_or(Error::ProcessUnavailable)?;
        if process.parent.get() != task.process {
            return Err(Error::AccessDenied);
        }
        if is_gone(process) {
            let status = process.status.get().unwrap_or(0);
            if let Some(parent) = task.process() {
                parent.children.remove(process);
            }
            PROCESSES.remove(id);
            return Ok(status);
        }
        process.waiters.push(task);
        task.wait_queue.set(WaitQueue::EndOfProcess(id));
        let first = process.tasks.first().map_or(0, Slot::id);
        block(first, deadline)?;
    }
}

/// Waits for the end of a task of the running process; see the system call.
#[inline(never)]
pub(crate) fn wait_for_task(id: u32, milliseconds: u32) -> Result<(), Error> {
    let task = schedule::current();
    let deadline = Deadline::after(milliseconds);
    if !TASKS.has_given(id) || id == task.id() {
        return Err(Error::InvalidArgument);
    }
    while let Some(other) = TASKS.get(id) {
        if other.process != task.process {
            return Err(Error::InvalidArgument);
        }
        other.waiters.push(task);
        task.wait_queue.set(WaitQueue::EndOfTask(id));
        block(id, deadline)?;
    }
    Ok(())
}

fn block(task: u32, deadline: Deadline) -> Result<(), Error> {
    let wait = Wait { kind: WaitKind::Task, id: task };
    schedule::block_until(State::Waiting, wait, deadline)
}
