//! The part of an address space that the tasks of a process share.

use crate::devices::preemption;
use crate::memory::address_space::{
    clear_page, clear_table, directory_entry, present_entries,
    set_directory_entry, set_table_entry, table_entry,
};
use crate::memory::foreign::{ForeignSpace, directory_entry_for};
use crate::memory::{Label, OutOfMemory};
use crate::process::account;
use crate::schedule;
use layout::paging::{Entry, directory_index, table_entry_address};
use layout::regions::SLOT_BYTES;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// Directories that are changed between two preemption points.
const BATCH: u32 = 64;

/// Maps `page`, in a slot that the tasks of a process share, for all tasks
/// of the running process.
///
/// # Errors
///
/// Fails if there is too little memory for a page table.
pub(crate) fn map(page: VirtAddr, entry: Entry) -> Result<(), OutOfMemory> {
    if !directory_entry(page).is_present() {
        add_table(page)?;
    }
    set_table_entry(page, entry);
    Ok(())
}

/// Maps `page` for all tasks of the running process to a new frame of it,
/// which is zeroed.
///
/// # Errors
///
/// Fails if there is too little memory; the page is not mapped then.
pub(crate) fn map_new(
    page: VirtAddr,
    rights: u32,
    label: Label,
) -> Result<(), OutOfMemory> {
    let process = schedule::current().process().ok_or(OutOfMemory)?;
    let frame = process.allocate_frame(label)?;
    map(page, Entry::new(frame, rights))
        .inspect_err(|_| account::release(frame))?;
    clear_page(page);
    Ok(())
}

/// Unmaps `page` for all tasks of the running process. Returns the frame that
/// was mapped, which now belongs to the caller.
pub(crate) fn unmap(page: VirtAddr) -> Option<PhysAddr> {
    let entry = table_entry(page);
    if !entry.is_present() {
        return None;
    }
    set_table_entry(page, Entry::ABSENT);
    Some(entry.frame())
}

/// Frees those tables of the running process that map nothing any more, among
/// the tables for `pages` pages from `start` on.
pub(crate) fn drop_empty_tables(start: VirtAddr, pages: u32) {
    let last = VirtAddr(start.0 + (pages.max(1) - 1) * PAGE_BYTES);
    for slot in directory_index(start)..=directory_index(last) {
        let base = VirtAddr(slot as u32 * SLOT_BYTES);
        let entry = directory_entry(base);
        let mut pages = present_entries(table_entry_address(base));
        if entry.is_present() && pages.next().is_none() {
            hang(slot, Entry::ABSENT);
            account::release(entry.frame());
        }
        preemption::allow_interrupts();
    }
}

/// Enters a new table in the directories of all tasks of the process.
fn add_table(page: VirtAddr) -> Result<(), OutOfMemory> {
    let process = schedule::current().process().ok_or(OutOfMemory)?;
    let table = process.allocate_frame(Label::PageTable)?;
    let slot = directory_index(page);
    let entry = directory_entry_for(slot, table);
    set_directory_entry(page, entry);
    clear_table(page);
    hang(slot, entry);
    Ok(())
}

/// Writes `entry` to the directories of all tasks of the running process.
fn hang(slot: usize, entry: Entry) {
    let running = schedule::current();
    let Some(process) = running.process() else { return };
    set_directory_entry(VirtAddr(slot as u32 * SLOT_BYTES), entry);
    for (index, task) in (0..).zip(process.tasks()) {
        if task.id() != running.id() {
            ForeignSpace::open(task.directory).set_slot(slot, entry);
        }
        preemption::allow_interrupts_every(BATCH, index);
    }
}
