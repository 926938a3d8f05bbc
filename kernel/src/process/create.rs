//! New processes and tasks, built page by page through the create window.
//!
//! Spec: `virtual-memory.md`, row "Process code and data. Used by
//! `process_create`".

use crate::elf_image::{Image, ImageError, Segment};
use crate::memory::address_space::{
    WindowPages, directory_entry, next_low_page, next_slot,
};
use crate::memory::foreign::{ForeignSpace, clear_frame};
use crate::memory::list::List;
use crate::memory::process_tree::{FIRST_PAGES, NewTree};
use crate::memory::records::{Change, Slot};
use crate::memory::{Label, OutOfMemory};
use crate::process::record::{PROCESSES, Phase, Process};
use crate::process::task::{TASKS, Task};
use crate::process::wait::Place;
use crate::process::{UNFINISHED, dissolve, exit, schedule};
use crate::trap::{self, TrapFrame};
use crate::{clock, cpu, programs};
use abi::{ARGUMENTS_BYTES, Error, NAME_BYTES, ProcessData, Text, padded};
use core::mem::offset_of;
use layout::paging::{ENTRIES, Entry, table_index};
use layout::regions::{
    ALLOCATION_STRUCTURES, DESCRIPTORS, EXCEPTION_TSSES, GLOBAL_DATA,
    GLOBAL_STRUCTURES, KERNEL, KERNEL_STACK, KERNEL_TSS, PAGE_DIRECTORY,
    PROCESS_DATA, PROCESS_STACK, RECURSIVE_SLOT, Region, SLOT_BYTES,
    VIDEO_MEMORY, slot_is_global, slot_is_per_task,
};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use wire::rows::{State, Wait, WaitKind};

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

impl From<NotCreated> for Error {
    fn from(error: NotCreated) -> Self {
        match error {
            NotCreated::OutOfMemory => Self::OutOfMemory,
            NotCreated::BadImage(_) | NotCreated::SharedPage => {
                Self::ProgramUnavailable
            }
        }
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
const BATCH: usize = 4;

/// Pages that are mapped before interrupts are let in again.
const MAPPED_IN_ONE_GO: usize = 32;

/// Rights of what only the kernel may touch.
const KERNEL_RIGHTS: u32 = Entry::WRITABLE;
/// Rights of what ring 3 may write.
const USER_RIGHTS: u32 = Entry::WRITABLE | Entry::USER;

/// The processes that the keeper is to make.
static REQUESTS: List<Process> = List::new(Process::creation);

/// Has the keeper create a process from a boot module, as a child of the
/// running process; see the system call.
///
/// # Errors
///
/// Fails if there is no such module, it is no program, or memory is used
/// up; nothing is kept then.
pub(crate) fn request(
    name: [u8; NAME_BYTES],
    arguments: &[u8],
) -> Result<u32, Error> {
    let task = schedule::current();
    let parent = task.process().ok_or(Error::OutOfMemory)?;
    {
        let _unfinished = Change::begin(&UNFINISHED);
        let process = begin(name, arguments, parent.id())
            .map_err(|_| Error::OutOfMemory)?;
        parent.children.push(process);
        process.creator.set(task.id());
        task.place.set(Place::Creator(process.id()));
        REQUESTS.push(process);
    }
    let keeper = programs::call_keeper();
    let wait = Wait { kind: WaitKind::Task, id: keeper };
    schedule::block(State::Waiting, Some(wait));
    task.outcome.get()
}

/// Creates the process that was asked for first, if any was; the keeper
/// calls it. `image` returns the program of a name.
pub(crate) fn serve_request<'i>(
    image: impl FnOnce(&str) -> Option<&'i [u8]>,
) -> bool {
    let Some(process) = REQUESTS.pop() else { return false };
    let id = process.id();
    let creator = TASKS.get(process.creator.get());
    let waits = |task: &&Slot<Task>| task.place.get() == Place::Creator(id);
    let Some(creator) = creator.filter(waits) else {
        // It was killed, and nobody else knows of this process.
        dissolve::discard_process(process);
        return true;
    };
    let outcome = match image(Text(&process.name).as_str()) {
        Some(image) => build(process, image).map_err(Error::from),
        None => Err(Error::ProgramUnavailable),
    };
    creator.outcome.set(outcome.map(|()| id));
    schedule::wake_from_line(creator);
    true
}

/// Creates a process from an ELF image, without a parent.
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
    let arguments = arguments.as_bytes();
    let arguments = &arguments[..arguments.len().min(ARGUMENTS_BYTES)];
    let process = begin(padded(name), arguments, 0)?;
    build(process, image)?;
    Ok(process.id())
}

/// Records a process that is to be made, with the page of its data: that
/// can be filled where the arguments are at hand.
fn begin(
    name: [u8; NAME_BYTES],
    arguments: &[u8],
    parent: u32,
) -> Result<&'static Slot<Process>, OutOfMemory> {
    let process = PROCESSES.insert(Process::new(name, parent))?;
    match process.purse().allocate(Label::ProcessData) {
        Ok(frame) => {
            process.data.set(Some(frame));
            write_process_data(frame, process, arguments);
            Ok(process)
        }
        Err(OutOfMemory) => {
            PROCESSES.remove(process.id());
            Err(OutOfMemory)
        }
    }
}

/// Makes a process from its program; it is ready to run then. On failure
/// nothing of it is left.
fn build(
    process: &'static Slot<Process>,
    image: &[u8],
) -> Result<(), NotCreated> {
    let made = Image::parse(image)
        .map_err(NotCreated::BadImage)
        .and_then(|program| fill(process, &program));
    match made {
        Ok(task) => {
            process.phase.set(Phase::Life);
            match process.status.get() {
                // It was killed before it lived.
                Some(status) => exit::end_process(process, status),
                None => schedule::wake(task),
            }
            Ok(())
        }
        Err(error) => {
            dissolve::discard_process(process);
            Err(error)
        }
    }
}

/// Makes the process' first task and all that its tasks share.
fn fill(
    process: &'static Slot<Process>,
    program: &Image<'_>,
) -> Result<&'static Slot<Task>, NotCreated> {
    let start = Start::User { eip: program.entry().0, argument: 0 };
    let task = new_task(process, process.name, start)?;
    cpu::breathe();
    add_structures(process, task, Some(program))?;
    cpu::breathe();
    load_segments(process, task, program)?;
    add_process_data(process, task)?;
    Ok(task)
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
    let process = begin(padded(name), b"", 0)?;
    process.phase.set(Phase::Life);
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

/// Copies the slots that siblings share from one directory to another.
fn share_slots(from: PhysAddr, to: PhysAddr) {
    for slot in (0..ENTRIES).filter(|slot| slot_is_shared(*slot)) {
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
    name: [u8; NAME_BYTES],
    eip: u32,
    argument: u32,
) -> Result<u32, OutOfMemory> {
    let _unfinished = Change::begin(&UNFINISHED);
    let task = new_task(process, name, Start::User { eip, argument })?;
    let mut space = ForeignSpace::open(task.directory);
    let mut from = 0;
    while let Some((slot, entry)) = next_slot(from) {
        from = slot + 1;
        if slot_is_shared(slot) {
            space.set_slot(slot, entry);
        }
    }
    drop(space);
    schedule::wake(task);
    Ok(task.id())
}

/// Returns whether the tasks of a process share a directory slot, and other
/// processes do not.
pub(crate) const fn slot_is_shared(slot: usize) -> bool {
    let slot = slot as u32;
    !slot_is_per_task(slot) && !slot_is_global(slot)
}

/// Creates a task with all that is its own, in no queue yet.
fn new_task(
    process: &'static Slot<Process>,
    name: [u8; NAME_BYTES],
    start: Start,
) -> Result<&'static Slot<Task>, OutOfMemory> {
    let purse = process.purse();
    let directory = purse.allocate(Label::Directory)?;
    clear_frame(directory);
    cpu::breathe();
    let kernel_stack = purse
        .allocate(Label::KernelStack)
        .inspect_err(|_| purse.free(directory))?;
    let is_kernel = matches!(start, Start::Kernel(_));
    let record =
        Task::new(process.id(), name, directory, kernel_stack, is_kernel);
    let task = TASKS.insert(record).inspect_err(|_| {
        purse.free(kernel_stack);
        purse.free(directory);
    })?;
    process.tasks.push(task);
    process.live_tasks.set(process.live_tasks.get() + 1);
    cpu::breathe();
    // From here on everything can be taken back in one way.
    fill_space(process, task, start)
        .inspect_err(|_| dissolve::discard_task(task))?;
    Ok(task)
}

fn fill_space(
    process: &Slot<Process>,
    task: &Task,
    start: Start,
) -> Result<(), OutOfMemory> {
    let purse = process.purse();
    let mut space = ForeignSpace::open(task.directory);
    let itself = Entry::new(task.directory, KERNEL_RIGHTS);
    space.set_slot(RECURSIVE_SLOT as usize, itself);
    for slot in GLOBAL_STRUCTURES.first_slot()..=GLOBAL_DATA.last_slot() {
        let entry = directory_entry(VirtAddr(slot * SLOT_BYTES));
        space.set_slot(slot as usize, entry);
    }
    let stack = Entry::new(task.kernel_stack, KERNEL_RIGHTS);
    cpu::breathe();
    // What is mapped is freed with its table; this is not yet.
    space
        .map(KERNEL_STACK.start, stack, &purse)
        .inspect_err(|_| purse.free(task.kernel_stack))?;
    space.map(PAGE_DIRECTORY.start, itself, &purse)?;
    cpu::breathe();
    let low = space.slot(0).frame();
    for row in [EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS, VIDEO_MEMORY, KERNEL]
    {
        map_as_here(&mut space, low, &row);
    }
    cpu::breathe();
    let top = PROCESS_STACK.last().page();
    let label = Label::ProcessStack;
    let user_stack = space.map_new(top, USER_RIGHTS, label, &purse)?;
    task.stack_page.set(top.0);
    drop(space);
    cpu::breathe();
    let frames = [task.kernel_stack, user_stack];
    let mut window = WindowPages::create(frames.into_iter());
    window.clear();
    let bytes = window.bytes();
    let (kernel, user) = bytes.split_at_mut(PAGE_BYTES as usize);
    let kernel_esp = first_frames(kernel, user, start);
    task.kernel_esp.set(kernel_esp);
    Ok(())
}

/// Maps the pages of `row`, in the low 4 MiB, that are mapped here to the
/// same frames in the low table of another space.
fn map_as_here(space: &mut ForeignSpace, table: PhysAddr, row: &Region) {
    let mut from = table_index(row.start);
    while let Some((index, here)) = next_low_page(from)
        && index <= table_index(row.last())
    {
        from = index + 1;
        let rights = here.0 & (Entry::WRITABLE | Entry::USER);
        let entry = Entry::new(here.frame(), rights);
        space.set_table_entry(table, index, entry);
        if index % MAPPED_IN_ONE_GO == 0 {
            cpu::breathe();
        }
    }
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
    process: &Slot<Process>,
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
    process: &Slot<Process>,
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
    window.clear();
    fill_pages(window.bytes(), segment, first * PAGE_BYTES);
    Ok(())
}

/// Copies what `segment` has for the zeroed pages from `start` on.
#[inline(never)]
fn fill_pages(window: &mut [u8], segment: &Segment<'_>, start: u32) {
    let skip = start.saturating_sub(segment.start.0) as usize;
    let offset = segment.start.0.saturating_sub(start) as usize;
    let Some(data) = segment.data.get(skip..) else { return };
    let Some(room) = window.get_mut(offset..) else { return };
    let len = data.len().min(room.len());
    cpu::copy(&mut room[..len], &data[..len]);
}

/// Gives the process the tree of its address space.
fn add_structures(
    process: &Slot<Process>,
    task: &Task,
    program: Option<&Image<'_>>,
) -> Result<(), NotCreated> {
    let mut frames = [PhysAddr(0); FIRST_PAGES as usize];
    let start = ALLOCATION_STRUCTURES.start;
    let label = Label::AllocatorNodes;
    give_pages(process, task, start, KERNEL_RIGHTS, label, &mut frames)?;
    let mut window = WindowPages::create(frames.into_iter());
    window.clear();
    let bytes = window.bytes();
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

/// Writes what is known of a process before it is made.
fn write_process_data(
    frame: PhysAddr,
    process: &Slot<Process>,
    arguments: &[u8],
) {
    let mut window = WindowPages::create([frame].into_iter());
    window.clear();
    let page = window.bytes();
    for (offset, word) in [
        (offset_of!(ProcessData, magic), ProcessData::MAGIC),
        (offset_of!(ProcessData, version), ProcessData::VERSION),
        (offset_of!(ProcessData, process), process.id()),
        (offset_of!(ProcessData, parent), process.parent.get()),
        (offset_of!(ProcessData, boot_tick), clock::ticks()),
    ] {
        put(page, offset as u32, word);
    }
    let name = offset_of!(ProcessData, name);
    page[name..name + NAME_BYTES].copy_from_slice(&process.name);
    let place = offset_of!(ProcessData, arguments);
    page[place..place + arguments.len()].copy_from_slice(arguments);
}

/// Gives the process the page that tells it of itself.
fn add_process_data(
    process: &Slot<Process>,
    task: &Slot<Task>,
) -> Result<(), OutOfMemory> {
    let Some(frame) = process.data.get() else { return Ok(()) };
    {
        let mut window = WindowPages::create([frame].into_iter());
        let page = window.bytes();
        put(page, offset_of!(ProcessData, task) as u32, task.id());
    }
    let entry = Entry::new(frame, Entry::USER);
    ForeignSpace::open(task.directory).map(
        PROCESS_DATA.start,
        entry,
        &process.purse(),
    )?;
    // From here on the frame is the table's, and goes with it.
    process.data.set(None);
    Ok(())
}

/// Maps new frames from `start` on in the space of `task`.
fn give_pages(
    process: &Slot<Process>,
    task: &Task,
    start: VirtAddr,
    rights: u32,
    label: Label,
    frames: &mut [PhysAddr],
) -> Result<(), OutOfMemory> {
    let purse = process.purse();
    let mut space = ForeignSpace::open(task.directory);
    for (index, frame) in (0..).zip(frames.iter_mut()) {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        *frame = space.map_new(page, rights, label, &purse)?;
    }
    Ok(())
}
