//! The running task's address space, edited through the window in which its own
//! page tables are mapped.
//!
//! Spec: `virtual-memory.md`, row "Process' page tables".

use crate::cpu;
use core::{iter, ptr, slice};
use layout::paging::{
    ENTRIES, Entry, directory_entry_address, directory_index,
    table_entry_address,
};
use layout::regions::{
    ALLOCATION_STRUCTURES, CREATE_WINDOW, GLOBAL_DATA, GLOBAL_STRUCTURES,
    PAGE_TABLES, PROCESS_SPACE, PROCESS_STACK, SLOT_BYTES, TEMPORARY_WINDOW,
};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// Returns the directory entry for `address`.
pub(crate) fn directory_entry(address: VirtAddr) -> Entry {
    read_entry(directory_entry_address(address))
}

/// Returns the table entry for `address`; absent if there is no table.
pub(crate) fn table_entry(address: VirtAddr) -> Entry {
    if directory_entry(address).is_present() {
        read_entry(table_entry_address(address))
    } else {
        Entry::ABSENT
    }
}

/// Sets the directory entry for the 4 MiB around `address`.
pub(crate) fn set_directory_entry(address: VirtAddr, entry: Entry) {
    write_entry(directory_entry_address(address), entry);
    // The page of the window for this table now maps another frame.
    cpu::invalidate(table_entry_address(address).page());
}

/// Maps `page`, whose table must be there.
pub(crate) fn set_table_entry(page: VirtAddr, entry: Entry) {
    write_entry(table_entry_address(page), entry);
    cpu::invalidate(page);
}

/// Like [`set_table_entry`], for a page that was not mapped, and so is not in
/// the TLB.
pub(crate) fn fill_table_entry(page: VirtAddr, entry: Entry) {
    write_entry(table_entry_address(page), entry);
}

/// Zeroes the table that maps the 4 MiB around `address`.
pub(crate) fn clear_table(address: VirtAddr) {
    let slot = directory_index(address) as u32 * SLOT_BYTES;
    clear_page(table_entry_address(VirtAddr(slot)));
}

/// Returns the entries that are present, with their numbers, of the table or
/// directory mapped at `table`, a page as for [`read_entry`].
pub(crate) fn present_entries(
    table: VirtAddr,
) -> impl Iterator<Item = (usize, Entry)> {
    assert!(is_table_word(table) && table.offset() == 0, "not a table");
    let words = table.0 as usize as *const u32;
    let mut next = 0;
    // A plain loop: it is fast, and interrupts are off.
    iter::from_fn(move || {
        while next < ENTRIES {
            let (index, word) = (next, words.wrapping_add(next));
            next += 1;
            // SAFETY: as in `read_entry`; the page has this many words.
            let entry = Entry(unsafe { ptr::read_volatile(word) });
            if entry.is_present() {
                return Some((index, entry));
            }
        }
        None
    })
}

/// Returns the word at `address`, which is in the page-table window, or in the
/// temporary window while that maps a table.
pub(crate) fn read_entry(address: VirtAddr) -> Entry {
    assert!(is_table_word(address), "not a page-table entry");
    let word = address.0 as usize as *const u32;
    // SAFETY: the address is in a window onto tables. An access to a page of it
    // that is not mapped faults; it does not read anything else.
    Entry(unsafe { ptr::read_volatile(word) })
}

/// Writes the word at `address`; see [`read_entry`].
pub(crate) fn write_entry(address: VirtAddr, entry: Entry) {
    assert!(is_table_word(address), "not a page-table entry");
    let word = address.0 as usize as *mut u32;
    // SAFETY: as in `read_entry`. The ownership of frames ensures that the new
    // mapping does not pull memory from under a reference: only free frames are
    // mapped for writing, and only at pages that no reference points into.
    unsafe { ptr::write_volatile(word, entry.0) }
}

#[inline(always)]
fn is_table_word(address: VirtAddr) -> bool {
    let in_window =
        PAGE_TABLES.contains(address) || TEMPORARY_WINDOW.contains(address);
    in_window && address.0.is_multiple_of(4)
}

/// Zeroes a page of global memory or of the running process that has just been
/// mapped, or a new table that a window maps.
pub(crate) fn clear_page(page: VirtAddr) {
    let rows = [
        ALLOCATION_STRUCTURES,
        GLOBAL_STRUCTURES,
        GLOBAL_DATA,
        PROCESS_SPACE,
        PROCESS_STACK,
        PAGE_TABLES,
        TEMPORARY_WINDOW,
    ];
    assert!(rows.iter().any(|row| row.contains(page)), "not a fresh page");
    let first = page.page().0 as usize as *mut u32;
    // SAFETY: the page is mapped to a frame that was free until now.
    unsafe { cpu::zero_words(first, PAGE_BYTES as usize / 4) }
}

/// Returns bytes that the caller has mapped: of the running process, or of
/// global memory.
///
/// The caller unmaps them only after it has dropped the slice, and holds
/// one such slice of them at a time, within one system call.
pub(crate) fn mapped_bytes<'m>(
    start: VirtAddr,
    len_bytes: u32,
) -> &'m mut [u8] {
    let last = VirtAddr(start.0.saturating_add(len_bytes.max(1) - 1));
    let mut rows = [PROCESS_SPACE, GLOBAL_DATA].into_iter();
    assert!(rows.any(|row| row.contains(start) && row.contains(last)));
    let first = start.0 as usize as *mut u8;
    // SAFETY: the pages belong to the caller, as above; if one is not mapped,
    // the kernel faults, and nothing else is accessed.
    unsafe { slice::from_raw_parts_mut(first, len_bytes as usize) }
}

/// Frames mapped in the create window, to which only the caller has access.
/// They are unmapped on drop.
pub(crate) struct WindowPages {
    start: VirtAddr,
    pages: u32,
}

impl WindowPages {
    /// Maps `frames` at the start of the create window.
    pub(crate) fn create(frames: impl Iterator<Item = PhysAddr>) -> Self {
        let start = CREATE_WINDOW.start;
        let mut pages = 0;
        for frame in frames.take(CREATE_WINDOW.pages() as usize) {
            let page = VirtAddr(start.0 + pages * PAGE_BYTES);
            set_table_entry(page, Entry::new(frame, Entry::WRITABLE));
            pages += 1;
        }
        Self { start, pages }
    }

    /// Zeroes the pages.
    pub(crate) fn clear(&mut self) {
        let start = self.start.0 as usize as *mut u32;
        let count = (self.pages * PAGE_BYTES) as usize / 4;
        // SAFETY: as in `bytes`.
        unsafe { cpu::zero_words(start, count) }
    }

    /// Returns the bytes of the pages.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        let start = self.start.0 as usize as *mut u8;
        let len = (self.pages * PAGE_BYTES) as usize;
        // SAFETY: `create` has mapped these pages for writing, and they stay
        // mapped until `self` is dropped; the frames have no other user yet.
        unsafe { slice::from_raw_parts_mut(start, len) }
    }
}

impl Drop for WindowPages {
    fn drop(&mut self) {
        for index in 0..self.pages {
            let page = VirtAddr(self.start.0 + index * PAGE_BYTES);
            set_table_entry(page, Entry::ABSENT);
        }
    }
}
