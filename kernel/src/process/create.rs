//! New processes and tasks, built page by page through the create window.
//!
//! Spec: `virtual-memory.md`, row "Process code and data. Used by
//! `process_create`".

use crate::elf_image::{Image, ImageError, Segment};
use crate::memory::address_space::{WindowPages, directory_entry, table_entry};
use crate::memory::foreign::{ForeignSpace, clear_frame};
use crate::memory::process_tree::{FIRST_PAGES, NewTree};
use crate::memory::records::Slot;
use crate::memory::{Label, OutOfMemory};
use crate::process::record::{PROCESSES, Process};
use crate::process::task::{TASKS, Task};
use crate::process::{exit, schedule};
use crate::trap::{self, TrapFrame};
use crate::{clock, cpu};
use abi::{ProcessData, padded};
use core::mem::offset_of;
use layout::paging::{ENTRIES, Entry};
use layout::regions::{
    ALLOCATION_STRUCTURES, DESCRIPTORS, EXCEPTION_TSSES, KERNEL, KERNEL_STACK,
    KERNEL_TSS, PAGE_DIRECTORY, PROCESS_DATA, PROCESS_STACK, RECURSIVE_SLOT,
    Region, SLOT_BYTES, VIDEO_MEMORY, slot_is_global, slot_is_per_task,
};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// Why there is no new process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotCreated {
    OutOfMemory,
    /// The image is no program that can be loaded here.
    BadImage(ImageError),
    /// Two of its segments share a page.
    SharedPage,
}

impl From<OutOfMemory> for NotCreated {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

/// What a task begins with.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// Ring 0, at a function that never returns.
    Kernel(fn() -> !),
    /// Ring 3, at an address, with an argument on the stack.
    User { eip: u32, argument: u32 },
}

/// Pages that are filled before they are mapped into a new space.
const BATCH: usize = 16;

/// Rights of what only the kernel may touch.
const KERNEL_RIGHTS: u32 = Entry::WRITABLE;
/// Rights of what ring 3 may write.
const USER_RIGHTS: u32 = Entry::WRITABLE | Entry::USER;

/// Creates a process from an ELF image, with one task that is ready to run.
/// Returns its id.
///
/// # Errors
///
/// Fails if the image is bad or memory is used up; nothing is kept then.
#[inline(never)]
pub(crate) fn process_create(
    name: &str,
    arguments: &str,
    image: &[u8],
) -> Result<u32, NotCreated> {
    let program = Image::parse(image).map_err(NotCreated::BadImage)?;
    let process = PROCESSES.insert(Process::new(padded(name)))?;
    let start = Start::User { eip: program.entry().0, argument: 0 };
    let task = match new_task(process, name, start) {
        Ok(task) => task,
        Err(OutOfMemory) => {
            PROCESSES.remove(process.id());
            return Err(NotCreated::OutOfMemory);
        }
    };
    let filled = add_structures(process, task, Some(&program))
        .and_then(|()| load_segments(process, task, &program))
        .and_then(|()| add_process_data(process, task, name, arguments));
    match filled {
        Ok(()) => {
            schedule::wake(task);
            Ok(process.id())
        }
        Err(error) => {
            exit::end_process(process);
            Err(error)
        }
    }
}

/// Creates the kernel's own process, whose tasks run in ring 0.
///
/// # Errors
///
/// Fails if memory is used up.
pub(crate) fn kernel_process(
    name: &str,
    tasks: &[(&str, fn() -> !)],
) -> Result<&'static Slot<Process>, OutOfMemory> {
    let process = PROCESSES.insert(Process::new(padded(name)))?;
    for (index, (task_name, entry)) in tasks.iter().enumerate() {
        let task = new_task(process, task_name, Start::Kernel(*entry))?;
        if index == 0 {
            let out_of_memory = |_| OutOfMemory;
            add_structures(process, task, None).map_err(out_of_memory)?;
            add_process_data(process, task, name, "").map_err(out_of_memory)?;
        } else if let Some(first) = process.tasks().last() {
            share_slots(first.directory, task.directory);
        }
    }
    Ok(process)
}

/// Copies the slots that siblings share from one directory to another.
fn share_slots(from: PhysAddr, to: PhysAddr) {
    for slot in shared_slots() {
        let entry = ForeignSpace::open(from).slot(slot);
        if entry.is_present() {
            ForeignSpace::open(to).set_slot(slot, entry);
        }
    }
}

/// Creates a task of the running process that is ready to run.
///
/// # Errors
///
/// Fails if memory is used up; nothing is kept then.
pub(crate) fn thread_create(
    process: &'static Slot<Process>,
    name: &str,
    eip: u32,
    argument: u32,
) -> Result<u32, OutOfMemory> {
    let task = new_task(process, name, Start::User { eip, argument })?;
    let mut space = ForeignSpace::open(task.directory);
    for slot in shared_slots() {
        let entry = directory_entry(VirtAddr(slot as u32 * SLOT_BYTES));
        if entry.is_present() {
            space.set_slot(slot, entry);
        }
    }
    drop(space);
    schedule::wake(task);
    Ok(task.id())
}

/// Returns the directory slots that the tasks of a process share, and that
/// other processes do not.
pub(crate) fn shared_slots() -> impl Iterator<Item = usize> {
    let is_shared = |slot: &usize| {
        let slot = *slot as u32;
        !slot_is_per_task(slot) && !slot_is_global(slot)
    };
    (0..ENTRIES).filter(is_shared)
}

/// Creates a task with all that is its own, in no queue yet.
fn new_task(
    process: &'static Slot<Process>,
    name: &str,
    start: Start,
) -> Result<&'static Slot<Task>, OutOfMemory> {
    let purse = process.purse();
    let directory = purse.allocate(Label::Directory)?;
    clear_frame(directory);
    let kernel_stack = purse
        .allocate(Label::KernelStack)
        .inspect_err(|_| purse.free(directory))?;
    let is_kernel = matches!(start, Start::Kernel(_));
    let record = Task::new(
        process.id(),
        padded(name),
        directory,
        kernel_stack,
        is_kernel,
    );
    let task = TASKS.insert(record).inspect_err(|_| {
        purse.free(kernel_stack);
        purse.free(directory);
    })?;
    task.older_sibling.set(process.newest_task.replace(task.id()));
    // From here on the reaper can take everything back.
    fill_space(process, task, start)
        .inspect_err(|_| exit::discard_task(task))?;
    Ok(task)
}

fn fill_space(
    process: &Process,
    task: &Task,
    start: Start,
) -> Result<(), OutOfMemory> {
    let purse = process.purse();
    let mut space = ForeignSpace::open(task.directory);
    let itself = Entry::new(task.directory, KERNEL_RIGHTS);
    space.set_slot(RECURSIVE_SLOT as usize, itself);
    for slot in (0..ENTRIES).filter(|slot| slot_is_global(*slot as u32)) {
        let entry = directory_entry(VirtAddr(slot as u32 * SLOT_BYTES));
        space.set_slot(slot, entry);
    }
    let stack = Entry::new(task.kernel_stack, KERNEL_RIGHTS);
    // Until it is mapped, nobody else finds it.
    space
        .map(KERNEL_STACK.start, stack, &purse)
        .inspect_err(|_| purse.free(task.kernel_stack))?;
    space.map(PAGE_DIRECTORY.start, itself, &purse)?;
    for row in [EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS, VIDEO_MEMORY, KERNEL]
    {
        map_as_here(&mut space, &row, process)?;
    }
    let top = PROCESS_STACK.last().page();
    let label = Label::ProcessStack;
    let user_stack = space.map_new(top, USER_RIGHTS, label, &purse)?;
    task.stack_page.set(top.0);
    drop(space);
    let frames = [task.kernel_stack, user_stack];
    let mut window = WindowPages::create(frames.into_iter());
    let bytes = window.bytes();
    bytes.fill(0);
    let (kernel, user) = bytes.split_at_mut(PAGE_BYTES as usize);
    let kernel_esp = first_frames(kernel, user, start);
    task.kernel_esp.set(kernel_esp);
    Ok(())
}

/// Maps the rows of `row` that are mapped here to the same frames there.
fn map_as_here(
    space: &mut ForeignSpace,
    row: &Region,
    process: &Process,
) -> Result<(), OutOfMemory> {
    for index in 0..row.pages() {
        let page = VirtAddr(row.start.0 + index * PAGE_BYTES);
        let here = table_entry(page);
        if here.is_present() {
            let rights = here.0 & (Entry::WRITABLE | Entry::USER);
            let entry = Entry::new(here.frame(), rights);
            space.map(page, entry, &process.purse())?;
        }
    }
    Ok(())
}

/// Fills the two stacks so that a switch to the task starts it. Returns
/// its kernel stack pointer.
fn first_frames(kernel: &mut [u8], user: &mut [u8], start: Start) -> u32 {
    // What `switch_to` takes off: EDI, ESI, EBX, EBP and where to go on.
    let (top, go_on) = match start {
        Start::Kernel(entry) => {
            // Above it an address that nobody returns to.
            (KERNEL_STACK.len_bytes - 4, entry as usize as u32)
        }
        Start::User { eip, argument } => {
            // As after a call: the argument above an address that nobody
            // returns to, aligned as compilers expect.
            let esp = PROCESS_STACK.last().0 - 0x13;
            put(user, VirtAddr(esp + 4).offset(), argument);
            let frame = TrapFrame::first(eip, esp);
            let at = TrapFrame::OFFSET as usize;
            kernel[at..].copy_from_slice(frame.as_bytes());
            (TrapFrame::OFFSET, trap::return_address())
        }
    };
    put(kernel, top - 4, go_on);
    KERNEL_STACK.start.0 + top - 20
}

fn put(page: &mut [u8], offset: u32, word: u32) {
    let at = offset as usize;
    page[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

fn load_segments(
    process: &Process,
    task: &Task,
    program: &Image<'_>,
) -> Result<(), NotCreated> {
    for segment in program.segments() {
        let first = segment.start.page_number();
        let pages = segment.pages();
        let mut done = 0;
        while done < pages {
            let batch = (pages - done).min(BATCH as u32);
            load_pages(process, task, &segment, first + done, batch)?;
            done += batch;
            cpu::breathe();
        }
    }
    Ok(())
}

/// Fills up to [`BATCH`] pages of a segment in the create window, then maps
/// them where they belong.
fn load_pages(
    process: &Process,
    task: &Task,
    segment: &Segment<'_>,
    first: u32,
    pages: u32,
) -> Result<(), NotCreated> {
    let purse = process.purse();
    let mut space = ForeignSpace::open(task.directory);
    let mut frames = [PhysAddr(0); BATCH];
    let frames = &mut frames[..pages as usize];
    let rights = if segment.writable { USER_RIGHTS } else { Entry::USER };
    for (index, frame) in (0..).zip(frames.iter_mut()) {
        let page = VirtAddr((first + index) * PAGE_BYTES);
        *frame = space.map_new(page, rights, Label::Segment, &purse)?;
    }
    let mut window = WindowPages::create(frames.iter().copied());
    fill_pages(window.bytes(), segment, first * PAGE_BYTES);
    Ok(())
}

/// Copies what `segment` has for the pages from `start` on; the rest is 0.
#[inline(never)]
fn fill_pages(window: &mut [u8], segment: &Segment<'_>, start: u32) {
    window.fill(0);
    let skip = start.saturating_sub(segment.start.0) as usize;
    let offset = segment.start.0.saturating_sub(start) as usize;
    let Some(data) = segment.data.get(skip..) else { return };
    let Some(room) = window.get_mut(offset..) else { return };
    let len = data.len().min(room.len());
    room[..len].copy_from_slice(&data[..len]);
}

/// Gives the process the tree of its address space.
fn add_structures(
    process: &Process,
    task: &Task,
    program: Option<&Image<'_>>,
) -> Result<(), NotCreated> {
    let mut frames = [PhysAddr(0); FIRST_PAGES as usize];
    let start = ALLOCATION_STRUCTURES.start;
    give_pages(process, task, start, KERNEL_RIGHTS, &mut frames)?;
    let mut window = WindowPages::create(frames.into_iter());
    let bytes = window.bytes();
    bytes.fill(0);
    let refused = |_| NotCreated::SharedPage;
    let mut tree = NewTree::new(bytes).map_err(refused)?;
    for segment in program.iter().flat_map(|program| program.segments()) {
        let first = segment.start.page_number();
        let pages = segment.pages();
        tree.reserve(first, pages).map_err(refused)?;
    }
    tree.finish();
    Ok(())
}

/// Gives the process the page that tells it of itself.
fn add_process_data(
    process: &Slot<Process>,
    task: &Task,
    name: &str,
    arguments: &str,
) -> Result<(), NotCreated> {
    let mut frames = [PhysAddr(0)];
    let start = PROCESS_DATA.start;
    give_pages(process, task, start, Entry::USER, &mut frames)?;
    let mut window = WindowPages::create(frames.into_iter());
    let page = window.bytes();
    page.fill(0);
    let tick = clock::ticks();
    let data = ProcessData::new(process.id(), tick, name, arguments);
    put(page, offset_of!(ProcessData, magic) as u32, data.magic);
    put(page, offset_of!(ProcessData, version) as u32, data.version);
    put(page, offset_of!(ProcessData, process) as u32, data.process);
    put(page, offset_of!(ProcessData, boot_tick) as u32, data.boot_tick);
    let name = offset_of!(ProcessData, name);
    page[name..name + data.name.len()].copy_from_slice(&data.name);
    let arguments = offset_of!(ProcessData, arguments);
    let end = arguments + data.arguments.len();
    page[arguments..end].copy_from_slice(&data.arguments);
    Ok(())
}

/// Maps new frames from `start` on in the space of `task`.
fn give_pages(
    process: &Process,
    task: &Task,
    start: VirtAddr,
    rights: u32,
    frames: &mut [PhysAddr],
) -> Result<(), OutOfMemory> {
    let purse = process.purse();
    let mut space = ForeignSpace::open(task.directory);
    for (index, frame) in (0..).zip(frames.iter_mut()) {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        *frame = space.map_new(page, rights, Label::ProcessData, &purse)?;
    }
    Ok(())
}
