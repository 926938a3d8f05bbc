//! Another task's address space, edited through the temporary window: its
//! directory is mapped in the first page, one of its tables in the second.
//!
//! Spec: `virtual-memory.md`, row "Temporary mapped data".

use crate::memory::address_space::{
    clear_page, present_entries, read_entry, set_table_entry, write_entry,
};
use crate::memory::frames;
use core::sync::atomic::{AtomicBool, Ordering};
use layout::paging::{Entry, directory_index};
use layout::regions::{
    KERNEL_STACK, RECURSIVE_SLOT, TEMPORARY_WINDOW, slot_is_open_to_user,
};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

const DIRECTORY: VirtAddr = TEMPORARY_WINDOW.start;
const TABLE: VirtAddr = VirtAddr(TEMPORARY_WINDOW.start.0 + PAGE_BYTES);

static OPEN: AtomicBool = AtomicBool::new(false);

/// An address space that is mapped in the temporary window until dropped.
pub(crate) struct ForeignSpace {
    table: Option<PhysAddr>,
}

impl ForeignSpace {
    /// Maps the space of `directory`. Only one space can be mapped at a time.
    pub(crate) fn open(directory: PhysAddr) -> Self {
        let was_open = OPEN.swap(true, Ordering::Relaxed);
        assert!(!was_open, "the temporary window is in use");
        show(DIRECTORY, directory);
        Self { table: None }
    }

    /// Returns directory entry `slot`, 0 to 1023.
    pub(crate) fn slot(&self, slot: usize) -> Entry {
        read_entry(VirtAddr(DIRECTORY.0 + 4 * slot as u32))
    }

    /// Sets directory entry `slot`, 0 to 1023.
    pub(crate) fn set_slot(&mut self, slot: usize, entry: Entry) {
        write_entry(VirtAddr(DIRECTORY.0 + 4 * slot as u32), entry);
    }

    /// Returns the directory entries that are present, with their slots.
    pub(crate) fn present_slots(
        &self,
    ) -> impl Iterator<Item = (usize, Entry)> + use<> {
        present_entries(DIRECTORY)
    }

    /// Returns the entries that are present, with their numbers, of the table
    /// in the frame `table`, which must stay the one that is used.
    pub(crate) fn present_entries(
        &mut self,
        table: PhysAddr,
    ) -> impl Iterator<Item = (usize, Entry)> + use<> {
        self.show_table(table);
        present_entries(TABLE)
    }

    /// Returns entry `index`, 0 to 1023, of the table in the frame `table`.
    pub(crate) fn table_entry(
        &mut self,
        table: PhysAddr,
        index: usize,
    ) -> Entry {
        self.show_table(table);
        read_entry(VirtAddr(TABLE.0 + 4 * index as u32))
    }

    /// Sets entry `index`, 0 to 1023, of the table in the frame `table`.
    pub(crate) fn set_table_entry(
        &mut self,
        table: PhysAddr,
        index: usize,
        entry: Entry,
    ) {
        self.show_table(table);
        write_entry(VirtAddr(TABLE.0 + 4 * index as u32), entry);
    }

    /// Zeroes the table in the frame `table`.
    pub(crate) fn clear(&mut self, table: PhysAddr) {
        self.show_table(table);
        clear_page(TABLE);
    }

    fn show_table(&mut self, table: PhysAddr) {
        if self.table != Some(table) {
            show(TABLE, table);
            self.table = Some(table);
        }
    }
}

impl Drop for ForeignSpace {
    fn drop(&mut self) {
        set_table_entry(DIRECTORY, Entry::ABSENT);
        set_table_entry(TABLE, Entry::ABSENT);
        OPEN.store(false, Ordering::Relaxed);
    }
}

/// Returns whether a space is mapped in the temporary window.
pub(crate) fn is_open() -> bool {
    OPEN.load(Ordering::Relaxed)
}

/// Returns the directory entry for `table` in `slot`. It grants all rights that
/// any row in the slot has; the table's entries restrict them.
pub(crate) fn directory_entry_for(slot: usize, table: PhysAddr) -> Entry {
    let user = slot_is_open_to_user(slot as u32);
    let flags = if user { Entry::USER } else { 0 };
    Entry::new(table, Entry::WRITABLE | flags)
}

/// Returns whether the processor can continue with `directory` in CR3: it is in
/// memory, has the kernel's own slot and that of the kernel stack, and its
/// page-table window maps this directory and no other.
pub(crate) fn is_loadable(directory: PhysAddr) -> bool {
    if directory.offset() != 0 || !frames::is_memory(directory) {
        return false;
    }
    let space = ForeignSpace::open(directory);
    let window = space.slot(RECURSIVE_SLOT as usize);
    let low = space.slot(0);
    low.is_present()
        && frames::is_memory(low.frame())
        && window.is_present()
        && window.frame() == directory
        && space.slot(directory_index(KERNEL_STACK.start)).is_present()
}

fn show(page: VirtAddr, frame: PhysAddr) {
    debug_assert!(frames::is_memory(frame), "a table outside memory");
    set_table_entry(page, Entry::new(frame, Entry::WRITABLE));
}
