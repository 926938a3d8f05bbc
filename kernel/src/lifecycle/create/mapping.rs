//! Pages and tables of an address space under construction, charged to its
//! process' account.

use crate::memory::foreign::{ForeignSpace, directory_entry_for};
use crate::memory::{Label, OutOfMemory};
use crate::process::account;
use crate::records::process::Process;
use crate::records::table::Slot;
use layout::paging::{Entry, directory_index, table_index};
use layout::{PhysAddr, VirtAddr};

/// Rights of pages that only the kernel may access.
pub(super) const KERNEL_RIGHTS: u32 = Entry::WRITABLE;
/// Rights of pages that ring 3 may write.
pub(super) const USER_RIGHTS: u32 = Entry::WRITABLE | Entry::USER;

/// Maps `page` in the space, with a new table of `process` if there is none.
pub(super) fn map(
    space: &mut ForeignSpace,
    page: VirtAddr,
    entry: Entry,
    process: &Slot<Process>,
) -> Result<(), OutOfMemory> {
    let slot = directory_index(page);
    if !space.slot(slot).is_present() {
        let table = process.allocate_frame(Label::PageTable)?;
        space.clear(table);
        space.set_slot(slot, directory_entry_for(slot, table));
    }
    let table = space.slot(slot).frame();
    space.set_table_entry(table, table_index(page), entry);
    Ok(())
}

/// Maps `page` to a new frame of `process`, which is not zeroed.
///
/// # Errors
///
/// Fails if there is too little memory; the page is not mapped then.
pub(super) fn map_new(
    space: &mut ForeignSpace,
    page: VirtAddr,
    rights: u32,
    label: Label,
    process: &Slot<Process>,
) -> Result<PhysAddr, OutOfMemory> {
    let frame = process.allocate_frame(label)?;
    map(space, page, Entry::new(frame, rights), process)
        .inspect_err(|_| account::release(frame))?;
    Ok(frame)
}
