//! The kernel's own directory, built while paging is still off.
//!
//! It maps what every directory maps, and nothing of any process. Exception
//! tasks run in it, and so does the kernel until its first task exists.

use crate::cpu;
use crate::devices::console::print_interrupting;
use crate::machine::boot::{self, BootInformation};
use crate::memory::frames::{self, FIRST_NODES};
use crate::memory::{Label, OutOfMemory, frame_records, global};
use core::ops::Range;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::paging::{Entry, Table, directory_index, table_index};
use layout::regions::{
    DESCRIPTORS, EXCEPTION_TSSES, GLOBAL_DATA, GLOBAL_STRUCTURES, KERNEL,
    KERNEL_TSS, PAGE_DIRECTORY, RECURSIVE_SLOT, Region, VIDEO_MEMORY,
};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use spin::Once;

static KERNEL_DIRECTORY: Once<PhysAddr> = Once::new();

/// Returns the kernel's own directory.
pub(crate) fn kernel_directory() -> PhysAddr {
    *KERNEL_DIRECTORY.get().expect("built before paging is on")
}

/// Builds the kernel's directory, turns paging on, and starts the
/// allocators of frames and of global memory.
pub(crate) fn initialise(
    information: &BootInformation,
) -> Result<(), OutOfMemory> {
    let mut frames = EarlyFrames::new(information)?;
    let directory = frames.take()?;
    let low = frames.take()?;
    let kernel = Entry::PRESENT | Entry::WRITABLE;
    set(directory, 0, Entry::new(low, kernel));
    set(directory, RECURSIVE_SLOT as usize, Entry::new(directory, kernel));

    map(low, PAGE_DIRECTORY.start, directory, kernel);
    for row in [EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS, VIDEO_MEMORY] {
        map_identity(low, &row);
    }
    map_image(low);
    for slot in GLOBAL_STRUCTURES.first_slot()..=GLOBAL_DATA.last_slot() {
        let table = frames.take()?;
        set(directory, slot as usize, Entry::new(table, kernel));
    }
    for page in [FIRST_NODES, global::FIRST_NODES] {
        let table = get(directory, directory_index(page)).frame();
        map(table, page, frames.take()?, kernel);
    }
    KERNEL_DIRECTORY.call_once(|| directory);
    remember(directory);
    // SAFETY: the directory maps the kernel image, with this code and the boot
    // stack in it, at its current addresses.
    unsafe { cpu::enable_paging(directory) }
    frames::initialise(information, frames.next);
    global::initialise();
    let pages = frame_records::pages_for(information.frame_limit());
    global::back(frame_records::START, pages, Label::FrameRecords)?;
    frames::initialise_records();
    Ok(())
}

/// The entries of the kernel's directory that exception tasks need besides slot
/// 0: the page-table window, and global memory.
const NEEDED: Range<usize> =
    RECURSIVE_SLOT as usize..GLOBAL_DATA.last_slot() as usize + 1;
static ENTRIES: [AtomicU32; NEEDED.end - NEEDED.start] =
    [const { AtomicU32::new(0) }; NEEDED.end - NEEDED.start];
const _: () = assert!(ENTRIES.len().is_multiple_of(4), "none is left over");

/// The bits that the processor sets in them.
const CHANGES_BY_ITSELF: u32 = Entry::ACCESSED | Entry::DIRTY;

fn remember(directory: PhysAddr) {
    for (slot, kept) in NEEDED.zip(&ENTRIES) {
        kept.store(get(directory, slot).0, Ordering::Relaxed);
    }
}

/// Restores the kernel's directory, in which the caller runs: an exception task
/// must not depend on entries that a wild pointer may have overwritten.
pub(crate) fn mend_directory() {
    // Four at a time: every exception begins with this check.
    let fours = ENTRIES.as_chunks::<4>().0.iter().enumerate();
    let differ = fours.fold(0, |differ, (index, kept)| {
        differ
            | differs(4 * index, &kept[0])
            | differs(4 * index + 1, &kept[1])
            | differs(4 * index + 2, &kept[2])
            | differs(4 * index + 3, &kept[3])
    });
    if differ & !CHANGES_BY_ITSELF != 0 {
        restore();
    }
}

#[cold]
fn restore() {
    for (index, kept) in ENTRIES.iter().enumerate() {
        if differs(index, kept) & !CHANGES_BY_ITSELF != 0 {
            let kept = kept.load(Ordering::Relaxed);
            // SAFETY: as in `differs`, and the original entry maps everything
            // that is used.
            unsafe { ptr::write_volatile(entry(index), kept) }
        }
    }
    cpu::forget_mappings();
    print_interrupting!("warning: the kernel's directory has been restored");
}

/// Returns the bits in which an entry differs from the saved one.
#[inline(always)]
fn differs(index: usize, kept: &AtomicU32) -> u32 {
    // SAFETY: the page maps the kernel's directory; see `initialise`.
    let found = unsafe { ptr::read_volatile(entry(index)) };
    found ^ kept.load(Ordering::Relaxed)
}

/// Returns the address of the entry with this index among those needed.
#[inline(always)]
const fn entry(index: usize) -> *mut u32 {
    let directory = PAGE_DIRECTORY.start.0 as usize as *mut u32;
    directory.wrapping_add(NEEDED.start + index)
}

/// Maps the image so that only its data is writable.
fn map_image(low: PhysAddr) {
    let [text_end, rodata_end, end] = boot::image_ends();
    let mut page = KERNEL.start;
    while page.0 < end.0 {
        let is_data = page.0 >= rodata_end.0.max(text_end.0);
        let flags = if is_data { Entry::WRITABLE } else { 0 };
        map(low, page, PhysAddr(page.0), flags);
        page.0 += PAGE_BYTES;
    }
}

fn map_identity(table: PhysAddr, row: &Region) {
    let mut page = row.start;
    while page <= row.last() {
        map(table, page, PhysAddr(page.0), Entry::WRITABLE);
        page.0 += PAGE_BYTES;
    }
}

fn map(table: PhysAddr, page: VirtAddr, frame: PhysAddr, flags: u32) {
    set(table, table_index(page), Entry::new(frame, flags));
}

fn set(table: PhysAddr, index: usize, entry: Entry) {
    let table = table.0 as usize as *mut u32;
    // SAFETY: paging is off, and the frame came from `EarlyFrames`: it is
    // memory that nothing else uses, and `index` is below 1024.
    unsafe { ptr::write(table.wrapping_add(index), entry.0) }
}

fn get(table: PhysAddr, index: usize) -> Entry {
    let table = table.0 as usize as *const u32;
    // SAFETY: as in `set`.
    Entry(unsafe { ptr::read(table.wrapping_add(index)) })
}

/// Frames handed out one after another, before there is an allocator.
struct EarlyFrames {
    next: PhysAddr,
    limit: PhysAddr,
}

impl EarlyFrames {
    /// Starts after the kernel and its modules, in the memory range that they
    /// are in.
    fn new(information: &BootInformation) -> Result<Self, OutOfMemory> {
        let next = information.first_free();
        let frame = next.page_number();
        let mut ranges = information.ranges().iter();
        let range = ranges
            .find(|r| {
                frame >= r.first_frame && frame - r.first_frame < r.frames
            })
            .ok_or(OutOfMemory)?;
        let limit = (range.first_frame + range.frames) * PAGE_BYTES;
        Ok(Self { next, limit: PhysAddr(limit) })
    }

    /// Returns a zeroed frame.
    fn take(&mut self) -> Result<PhysAddr, OutOfMemory> {
        if self.next.0 >= self.limit.0 {
            return Err(OutOfMemory);
        }
        let frame = self.next;
        let table = frame.0 as usize as *mut Table;
        // SAFETY: paging is off, and the frame is unused memory.
        unsafe { ptr::write(table, [0; 1024]) }
        self.next.0 += PAGE_BYTES;
        Ok(frame)
    }
}
