//! The process stack of the running task: it grows downwards, one page at
//! a time, where the page below it is touched.
//!
//! Spec: `virtual-memory.md`, row "Stack".

use crate::memory::address_space::{
    clear_page, clear_table, directory_entry, set_directory_entry,
    set_table_entry,
};
use crate::memory::foreign::directory_entry_for;
use crate::memory::{Label, OutOfMemory};
use crate::process::schedule;
use layout::paging::{Entry, directory_index};
use layout::regions::PROCESS_STACK;
use layout::{PAGE_BYTES, VirtAddr};

/// The lowest page is never mapped: it keeps a stack that outgrew its row
/// from the kernel's stack below.
const LOWEST_PAGE: u32 = PROCESS_STACK.start.0 + PAGE_BYTES;

/// Present: the page was there, so the fault was one of rights.
const PROTECTION: u32 = 1;

/// Returns whether a page fault is a stack that wants to grow.
pub(crate) fn can_grow(code: u32, address: VirtAddr) -> bool {
    let page = address.page();
    code & PROTECTION == 0
        && page.0 >= LOWEST_PAGE
        && schedule::current_task().is_some_and(|task| {
            page.0.wrapping_add(PAGE_BYTES) == task.stack_page.get()
        })
}

/// Maps one more page, `page`, below the running task's stack.
///
/// # Errors
///
/// Fails if it is not the page below, or memory is used up.
pub(crate) fn grow(page: VirtAddr) -> Result<(), OutOfMemory> {
    let task = schedule::current();
    if !can_grow(0, page) {
        return Err(OutOfMemory);
    }
    let process = task.process().ok_or(OutOfMemory)?;
    let purse = process.purse();
    let rights = Entry::WRITABLE | Entry::USER;
    if !directory_entry(page).is_present() {
        let table = purse.allocate(Label::PageTable)?;
        let slot = directory_index(page);
        set_directory_entry(page, directory_entry_for(slot, table));
        clear_table(page);
    }
    let frame = purse.allocate(Label::ProcessStack)?;
    set_table_entry(page, Entry::new(frame, rights));
    clear_page(page);
    task.stack_page.set(page.0);
    Ok(())
}
