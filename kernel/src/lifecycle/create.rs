//! New processes and tasks.
//!
//! Spec: `virtual-memory.md`, row "Process code and data. Used by
//! `process_create`".

mod contents;
mod mapping;
mod not_created;
mod task;

use crate::devices::preemption;
use crate::lifecycle::{exit, keeper, reap};
use crate::memory::address_space::present_entries;
use crate::memory::foreign::ForeignSpace;
use crate::memory::{Label, OutOfMemory};
use crate::process::UNFINISHED;
use crate::records::image::KERNEL_IMAGE;
use crate::records::list::List;
use crate::records::process::{InCreation, PROCESSES, Phase, Process};
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use crate::records::wait_queue::WaitQueue;
use crate::schedule;
use abi::{ARGUMENTS_BYTES, Error, NAME_BYTES, Text, padded};
use contents::{
    add_process_data, add_structures, load_segments, write_process_data,
};
use layout::paging::{ENTRIES, directory_entry_address};
use layout::regions::slot_is_shared;
use layout::{PhysAddr, VirtAddr};
pub(crate) use not_created::NotCreated;
use structures::change::Change;
use structures::elf_image::Image;
pub(crate) use task::UserStart;
use task::{Start, new_task};
use wire::rows::{State, Wait, WaitKind};

/// The processes that the keeper has been asked to create.
static REQUESTS: List<Process, InCreation> = List::new();

/// Has the keeper create a process from a boot module, as a child of the
/// running process; see the system call.
///
/// # Errors
///
/// Fails if there is no such module, it is not a program, or there is too
/// little memory; no resources are kept then.
pub(crate) fn request(
    name: [u8; NAME_BYTES],
    arguments: &[u8],
) -> Result<u32, Error> {
    let task = schedule::current();
    let parent = task.process().ok_or(Error::OutOfMemory)?;
    {
        let _unfinished = Change::begin(&UNFINISHED);
        let process = begin(name, arguments, parent.id())?;
        parent.children.push(process);
        process.creator.set(task.id());
        task.wait_queue.set(WaitQueue::Creator(process.id()));
        REQUESTS.push(process);
    }
    let keeper = keeper::call_keeper();
    let wait = Wait { kind: WaitKind::Task, id: keeper };
    schedule::block(State::Waiting, Some(wait));
    task.outcome.get()
}

/// A program that processes can be made from.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    /// Its image; 0 if it is none.
    pub(crate) image: u32,
    /// Its file.
    pub(crate) file: &'static [u8],
}

/// Creates the process that was requested first, if there is a request; called
/// by the keeper. `find` returns the program with a given name.
pub(crate) fn serve_request(
    find: impl FnOnce(&str) -> Option<Program>,
) -> bool {
    let Some(process) = REQUESTS.pop() else { return false };
    let id = process.id();
    let creator = TASKS.get(process.creator.get());
    let waits =
        |task: &&Slot<Task>| task.wait_queue.get() == WaitQueue::Creator(id);
    let Some(creator) = creator.filter(waits) else {
        // It was killed, and nothing else refers to this process.
        reap::discard_process(process);
        return true;
    };
    let outcome = match find(Text(&process.name).as_str()) {
        Some(program) => build(process, program).map_err(Error::from),
        None => Err(Error::ProgramUnavailable),
    };
    creator.outcome.set(outcome.map(|()| id));
    schedule::wake_from_queue(creator);
    true
}

/// Creates a process from a program, without a parent.
///
/// # Errors
///
/// Fails if the program is bad or there is too little memory; no resources are
/// kept then.
#[inline(never)]
pub(crate) fn process_create(
    name: &str,
    arguments: &str,
    program: Program,
) -> Result<u32, NotCreated> {
    let arguments = arguments.as_bytes();
    let arguments = &arguments[..arguments.len().min(ARGUMENTS_BYTES)];
    let process = begin(padded(name), arguments, 0)?;
    build(process, program)?;
    Ok(process.id())
}

/// Records a process to be created, with the page of its process data, which is
/// filled here because the arguments are at hand.
fn begin(
    name: [u8; NAME_BYTES],
    arguments: &[u8],
    parent: u32,
) -> Result<&'static Slot<Process>, OutOfMemory> {
    let process = PROCESSES.insert(Process::new(name, parent))?;
    let frame = process
        .allocate_frame(Label::ProcessData)
        .inspect_err(|_| PROCESSES.remove(process.id()))?;
    process.data.set(Some(frame));
    write_process_data(frame, process, arguments);
    Ok(process)
}

/// Creates a process from its program and makes it ready to run. On failure
/// nothing of it remains.
fn build(
    process: &'static Slot<Process>,
    program: Program,
) -> Result<(), NotCreated> {
    process.image.set(program.image);
    let task = Image::parse(program.file)
        .map_err(NotCreated::BadImage)
        .and_then(|program| fill(process, &program))
        .inspect_err(|_| reap::discard_process(process))?;
    process.phase.set(Phase::Life);
    match process.status.get() {
        // It was killed before it was complete.
        Some(status) => exit::end_process(process, status),
        None => schedule::wake(task),
    }
    Ok(())
}

/// Creates the process' first task and everything that its tasks share.
fn fill(
    process: &'static Slot<Process>,
    program: &Image<'_>,
) -> Result<&'static Slot<Task>, NotCreated> {
    let start = UserStart { eip: program.entry().0, argument: 0, back: 0 };
    let task = new_task(process, process.name, Start::User(start))?;
    preemption::allow_interrupts();
    add_structures(process, task, Some(program))?;
    preemption::allow_interrupts();
    load_segments(process, task, program)?;
    add_process_data(process, task)?;
    Ok(task)
}

/// Creates the kernel's own process, whose tasks run in ring 0.
///
/// # Errors
///
/// Fails if there is too little memory.
pub(crate) fn kernel_process(
    name: &str,
    tasks: &[(&str, fn() -> !)],
) -> Result<&'static Slot<Process>, OutOfMemory> {
    let process = begin(padded(name), b"", 0)?;
    process.image.set(KERNEL_IMAGE);
    process.phase.set(Phase::Life);
    preemption::allow_interrupts();
    for (index, (task_name, entry)) in tasks.iter().enumerate() {
        let task = new_task(process, padded(task_name), Start::Kernel(*entry))?;
        if index == 0 {
            let out_of_memory = |_| OutOfMemory;
            add_structures(process, task, None).map_err(out_of_memory)?;
            add_process_data(process, task)?;
        } else if let Some(first) = process.tasks.first() {
            share_slots(first.directory, task.directory);
        }
    }
    Ok(process)
}

/// Copies the directory slots that a process' tasks share to another directory.
fn share_slots(from: PhysAddr, to: PhysAddr) {
    for slot in (0..ENTRIES).filter(|slot| slot_is_shared(*slot as u32)) {
        let entry = ForeignSpace::open(from).slot(slot);
        if entry.is_present() {
            ForeignSpace::open(to).set_slot(slot, entry);
        }
        if slot % SHARED_IN_ONE_GO == 0 {
            preemption::allow_interrupts();
        }
    }
}

/// Slots that are examined between two preemption points.
const SHARED_IN_ONE_GO: usize = 32;

/// Creates a task of the running process that is ready to run.
///
/// # Errors
///
/// Fails if there is too little memory; no resources are kept then.
#[inline(never)]
pub(crate) fn thread_create(
    process: &'static Slot<Process>,
    name: [u8; NAME_BYTES],
    start: UserStart,
) -> Result<u32, OutOfMemory> {
    let _unfinished = Change::begin(&UNFINISHED);
    let task = new_task(process, name, Start::User(start))?;
    let mut space = ForeignSpace::open(task.directory);
    let own_directory = directory_entry_address(VirtAddr(0));
    for (slot, entry) in present_entries(own_directory) {
        if slot_is_shared(slot as u32) {
            space.set_slot(slot, entry);
        }
    }
    drop(space);
    schedule::wake(task);
    Ok(task.id())
}
