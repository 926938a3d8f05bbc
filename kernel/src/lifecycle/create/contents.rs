//! The initial contents of a new process' memory, filled page by page through
//! the create window.

use crate::cpu;
use crate::devices::{clock, preemption};
use crate::lifecycle::create::mapping::{
    KERNEL_RIGHTS, USER_RIGHTS, map, map_new,
};
use crate::lifecycle::create::not_created::NotCreated;
use crate::memory::address_space::WindowPages;
use crate::memory::foreign::ForeignSpace;
use crate::memory::{Label, OutOfMemory};
use crate::process::process_tree::{self, FIRST_PAGES};
use crate::records::process::Process;
use crate::records::table::Slot;
use crate::records::task::Task;
use abi::{NAME_BYTES, ProcessData};
use core::mem::offset_of;
use layout::paging::Entry;
use layout::regions::{ALLOCATION_STRUCTURES, PROCESS_DATA};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::elf_image::{Image, Segment};

pub(super) fn load_segments(
    process: &Slot<Process>,
    task: &Task,
    program: &Image<'_>,
) -> Result<(), NotCreated> {
    for segment in program.segments() {
        let first = segment.start.page_number();
        for page in first..first + segment.pages() {
            load_page(process, task, &segment, VirtAddr(page * PAGE_BYTES))?;
            preemption::allow_interrupts();
        }
    }
    Ok(())
}

/// Maps a page of a segment where it belongs and fills it in the create
/// window, in one go: a debugger's breakpoint must not be put into what is
/// overwritten then.
fn load_page(
    process: &Slot<Process>,
    task: &Task,
    segment: &Segment<'_>,
    page: VirtAddr,
) -> Result<(), NotCreated> {
    let mut space = ForeignSpace::open(task.directory);
    let rights = if segment.writable { USER_RIGHTS } else { Entry::USER };
    let frame = map_new(&mut space, page, rights, Label::Segment, process)?;
    let mut window = WindowPages::create([frame].into_iter());
    window.clear();
    fill_page(window.bytes(), segment, page.0);
    Ok(())
}

/// Copies the bytes of `segment` to its zeroed page at `start`.
#[inline(never)]
fn fill_page(window: &mut [u8], segment: &Segment<'_>, start: u32) {
    let skip = (start - segment.start.0) as usize;
    let data = segment.data.get(skip..).unwrap_or(&[]);
    let len = data.len().min(window.len());
    cpu::copy(&mut window[..len], &data[..len]);
}

/// Creates the tree of the process' address space.
pub(super) fn add_structures(
    process: &Slot<Process>,
    task: &Task,
    program: Option<&Image<'_>>,
) -> Result<(), NotCreated> {
    let mut frames = [PhysAddr(0); FIRST_PAGES as usize];
    let start = ALLOCATION_STRUCTURES.start;
    let label = Label::AllocatorNodes;
    for (index, frame) in (0..).zip(frames.iter_mut()) {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        let mut space = ForeignSpace::open(task.directory);
        *frame = map_new(&mut space, page, KERNEL_RIGHTS, label, process)?;
        drop(space);
        WindowPages::create([*frame].into_iter()).clear();
        // Zeroes are no tree to whoever looks at the process now.
        preemption::allow_interrupts();
    }
    let mut window = WindowPages::create(frames.into_iter());
    let segments = program.iter().flat_map(|program| program.segments());
    process_tree::create(window.bytes(), segments)
        .map_err(|_| NotCreated::SharedPage)
}

/// Writes the process data that is known before the process is created.
pub(super) fn write_process_data(
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

/// Maps the page of process data in the process.
pub(super) fn add_process_data(
    process: &Slot<Process>,
    task: &Slot<Task>,
) -> Result<(), OutOfMemory> {
    let Some(frame) = process.data.get() else { return Ok(()) };
    let mut window = WindowPages::create([frame].into_iter());
    put(window.bytes(), offset_of!(ProcessData, task) as u32, task.id());
    drop(window);
    let mut space = ForeignSpace::open(task.directory);
    let entry = Entry::new(frame, Entry::USER);
    map(&mut space, PROCESS_DATA.start, entry, process)?;
    // From here on the frame is freed with its table.
    process.data.set(None);
    Ok(())
}

/// Writes a word at an offset of a page.
pub(super) fn put(page: &mut [u8], offset: u32, word: u32) {
    let at = offset as usize;
    page[at..at + 4].copy_from_slice(&word.to_le_bytes());
}
