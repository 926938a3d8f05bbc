//! The process stack of the running task: it grows downwards, one page at a
//! time, when the page below it is accessed, up to [`MAX_PAGES`].
//!
//! Spec: `virtual-memory.md`, row "Stack".

use crate::memory::address_space::{
    clear_page, clear_table, directory_entry, set_directory_entry,
    set_table_entry,
};
use crate::memory::foreign::directory_entry_for;
use crate::memory::{Label, OutOfMemory};
use crate::schedule;
use layout::paging::{Entry, directory_index};
use layout::regions::PROCESS_STACK;
use layout::{PAGE_BYTES, VirtAddr};

/// The maximum size of a stack: 4 MiB. The row has room for more, but every
/// page takes a frame: infinite recursion must overflow a program's own stack
/// before it takes the memory of all others.
const MAX_PAGES: u32 = 1024;

/// The lowest page that a stack may have.
const LOWEST_PAGE: u32 =
    PROCESS_STACK.last().page().0 - (MAX_PAGES - 1) * PAGE_BYTES;

// The row's lowest page is never mapped, whatever the size of the stack: it
// separates the stack from the kernel's stack below.
const _: () = assert!(LOWEST_PAGE > PROCESS_STACK.start.0);

/// The P bit: the page was present, so the fault was a protection violation.
const PROTECTION: u32 = 1;

/// Returns whether a page fault is an access that makes the stack grow.
pub(crate) fn can_grow(code: u32, address: VirtAddr) -> bool {
    let page = address.page();
    code & PROTECTION == 0
        && page.0 >= LOWEST_PAGE
        && schedule::interrupted_task().is_some_and(|task| {
            page.0.wrapping_add(PAGE_BYTES) == task.stack_page.get()
        })
}

/// Maps the page `page` at the low end of the running task's stack.
///
/// # Errors
///
/// Fails if it is not the next page below, or there is too little memory.
pub(crate) fn grow(page: VirtAddr) -> Result<(), OutOfMemory> {
    let task = schedule::current();
    if !can_grow(0, page) {
        return Err(OutOfMemory);
    }
    let process = task.process().ok_or(OutOfMemory)?;
    if !directory_entry(page).is_present() {
        let table = process.allocate_frame(Label::PageTable)?;
        let slot = directory_index(page);
        set_directory_entry(page, directory_entry_for(slot, table));
        clear_table(page);
    }
    let frame = process.allocate_frame(Label::ProcessStack)?;
    let rights = Entry::WRITABLE | Entry::USER;
    set_table_entry(page, Entry::new(frame, rights));
    clear_page(page);
    task.stack_page.set(page.0);
    Ok(())
}
