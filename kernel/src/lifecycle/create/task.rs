//! A new task: its directory, and its two stacks.

use crate::devices::preemption;
use crate::lifecycle::create::contents::put;
use crate::lifecycle::create::mapping::{
    KERNEL_RIGHTS, USER_RIGHTS, map, map_new,
};
use crate::lifecycle::reap;
use crate::machine::entry_points;
use crate::machine::trap_frame::TrapFrame;
use crate::memory::address_space::{
    WindowPages, directory_entry, present_entries,
};
use crate::memory::foreign::ForeignSpace;
use crate::memory::{Label, OutOfMemory};
use crate::process::account;
use crate::records::process::Process;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use abi::NAME_BYTES;
use layout::paging::{Entry, table_entry_address, table_index};
use layout::regions::{
    DESCRIPTORS, EXCEPTION_TSSES, GLOBAL_DATA, GLOBAL_STRUCTURES, KERNEL,
    KERNEL_STACK, KERNEL_TSS, PAGE_DIRECTORY, PROCESS_STACK, RECURSIVE_SLOT,
    Region, SLOT_BYTES, VIDEO_MEMORY,
};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// Where a task starts.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// Ring 0, at a function that never returns.
    Kernel(fn() -> !),
    /// In ring 3.
    User(UserStart),
}

/// Where a task starts in ring 3, as after a call: at `eip`, with the argument
/// on its stack above the return address.
#[derive(Clone, Copy)]
pub(crate) struct UserStart {
    pub(crate) eip: u32,
    pub(crate) argument: u32,
    pub(crate) back: u32,
}

/// Pages that are mapped between two preemption points.
const MAPPED_IN_ONE_GO: usize = 32;

/// Creates a task with everything of its own, but in no queue yet.
pub(super) fn new_task(
    process: &'static Slot<Process>,
    name: [u8; NAME_BYTES],
    start: Start,
) -> Result<&'static Slot<Task>, OutOfMemory> {
    preemption::allow_interrupts();
    let directory = process.allocate_frame(Label::Directory)?;
    preemption::allow_interrupts();
    ForeignSpace::open(directory).clear(directory);
    preemption::allow_interrupts();
    let kernel_stack = process
        .allocate_frame(Label::KernelStack)
        .inspect_err(|_| account::release(directory))?;
    let is_kernel = matches!(start, Start::Kernel(_));
    let record =
        Task::new(process.id(), name, directory, kernel_stack, is_kernel);
    let task = TASKS.insert(record).inspect_err(|_| {
        account::release(kernel_stack);
        account::release(directory);
    })?;
    process.tasks.push(task);
    process.live_tasks.set(process.live_tasks.get() + 1);
    preemption::allow_interrupts();
    // From here on, one function can undo everything.
    fill_space(process, task, start)
        .inspect_err(|_| reap::discard_task(task))?;
    Ok(task)
}

fn fill_space(
    process: &Slot<Process>,
    task: &Task,
    start: Start,
) -> Result<(), OutOfMemory> {
    let mut space = ForeignSpace::open(task.directory);
    let itself = Entry::new(task.directory, KERNEL_RIGHTS);
    space.set_slot(RECURSIVE_SLOT as usize, itself);
    for slot in GLOBAL_STRUCTURES.first_slot()..=GLOBAL_DATA.last_slot() {
        let entry = directory_entry(VirtAddr(slot * SLOT_BYTES));
        space.set_slot(slot as usize, entry);
    }
    let stack = Entry::new(task.kernel_stack, KERNEL_RIGHTS);
    preemption::allow_interrupts();
    // A mapped frame is freed with its table; this one is not mapped yet.
    map(&mut space, KERNEL_STACK.start, stack, process)
        .inspect_err(|_| account::release(task.kernel_stack))?;
    preemption::allow_interrupts();
    map(&mut space, PAGE_DIRECTORY.start, itself, process)?;
    preemption::allow_interrupts();
    let low = space.slot(0).frame();
    for row in [EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS, VIDEO_MEMORY, KERNEL]
    {
        map_as_here(&mut space, low, &row);
    }
    preemption::allow_interrupts();
    let top = PROCESS_STACK.last().page();
    let label = Label::ProcessStack;
    let user_stack = map_new(&mut space, top, USER_RIGHTS, label, process)?;
    task.stack_page.set(top.0);
    drop(space);
    preemption::allow_interrupts();
    let frames = [task.kernel_stack, user_stack];
    let mut window = WindowPages::create(frames.into_iter());
    window.clear();
    let bytes = window.bytes();
    let (kernel, user) = bytes.split_at_mut(PAGE_BYTES as usize);
    let kernel_esp = first_frames(kernel, user, start);
    task.kernel_esp.set(kernel_esp);
    drop(window);
    preemption::allow_interrupts();
    Ok(())
}

/// Maps the pages of `row` that are mapped here, in the low 4 MiB, to the same
/// frames in the low table of another space.
fn map_as_here(space: &mut ForeignSpace, table: PhysAddr, row: &Region) {
    let (first, last) = (table_index(row.start), table_index(row.last()));
    let own = present_entries(table_entry_address(VirtAddr(0)));
    for (index, here) in own
        .skip_while(|(index, _)| *index < first)
        .take_while(|(index, _)| *index <= last)
    {
        let rights = here.0 & (Entry::WRITABLE | Entry::USER);
        let entry = Entry::new(here.frame(), rights);
        space.set_table_entry(table, index, entry);
        if index % MAPPED_IN_ONE_GO == 0 {
            preemption::allow_interrupts();
        }
    }
}

/// Prepares the two stacks so that a switch to the task starts it. Returns its
/// kernel stack pointer.
fn first_frames(kernel: &mut [u8], user: &mut [u8], start: Start) -> u32 {
    // What `switch_to` pops: EDI, ESI, EBX, EBP and the return address.
    let (top, go_on) = match start {
        Start::Kernel(entry) => {
            let top = KERNEL_STACK.len_bytes - 4;
            put(kernel, top, entry_points::task_end());
            (top, entry as usize as u32)
        }
        Start::User(UserStart { eip, argument, back }) => {
            // As after a call, aligned as the ABI requires.
            let esp = PROCESS_STACK.last().0 - 0x13;
            put(user, VirtAddr(esp).offset(), back);
            put(user, VirtAddr(esp + 4).offset(), argument);
            let frame = TrapFrame::first(eip, esp);
            let at = TrapFrame::OFFSET as usize;
            kernel[at..].copy_from_slice(frame.as_bytes());
            (TrapFrame::OFFSET, entry_points::return_address())
        }
    };
    put(kernel, top - 4, go_on);
    KERNEL_STACK.start.0 + top - 20
}
