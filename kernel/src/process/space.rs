//! The part of an address space that the tasks of a process share.

use crate::memory::address_space::{
    clear_table, directory_entry, set_directory_entry, set_table_entry,
};
use crate::memory::foreign::{ForeignSpace, directory_entry_for};
use crate::memory::{Label, OutOfMemory};
use crate::process::schedule;
use layout::VirtAddr;
use layout::paging::{Entry, directory_index};

/// Maps `page`, in a slot that the tasks of a process share, for all tasks
/// of the running process.
///
/// # Errors
///
/// Fails if there is no memory for a page table.
pub(crate) fn map(page: VirtAddr, entry: Entry) -> Result<(), OutOfMemory> {
    if !directory_entry(page).is_present() {
        add_table(page)?;
    }
    set_table_entry(page, entry);
    Ok(())
}

/// Hangs a new table into the directories of all tasks of the process.
fn add_table(page: VirtAddr) -> Result<(), OutOfMemory> {
    let running = schedule::current();
    let process = running.process().ok_or(OutOfMemory)?;
    let table = process.purse().allocate(Label::PageTable)?;
    let slot = directory_index(page);
    let entry = directory_entry_for(slot, table);
    set_directory_entry(page, entry);
    clear_table(page);
    for task in process.tasks().filter(|task| task.id() != running.id()) {
        ForeignSpace::open(task.directory).set_slot(slot, entry);
    }
    Ok(())
}
