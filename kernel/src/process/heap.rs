//! Memory that a process allocates while it runs.

use crate::devices::preemption;
use crate::memory::{Label, frames};
use crate::process::{UNFINISHED, account, process_tree, space};
use abi::Error;
use layout::paging::Entry;
use layout::regions::PROCESS_SPACE;
use layout::{PAGE_BYTES, VirtAddr};
use structures::change::Change;

/// Allocates zeroed pages for the running process; see the system call.
#[inline(never)]
pub(crate) fn allocate(pages: u32) -> Result<u32, Error> {
    if pages == 0 || pages > PROCESS_SPACE.pages() {
        return Err(Error::InvalidArgument);
    }
    // Refuse at once, before all of memory has been mapped.
    if pages > frames::free_count() {
        return Err(Error::OutOfMemory);
    }
    let _unfinished = Change::begin(&UNFINISHED);
    let start = process_tree::allocate(pages, Label::Heap)?;
    let rights = Entry::WRITABLE | Entry::USER;
    for index in 0..pages {
        space::map_new(page(start, index), rights, Label::Heap)
            .inspect_err(|_| take_back(start, index, pages))?;
        preemption::allow_interrupts();
    }
    Ok(start.0)
}

/// Frees pages of the running process; see the system call.
#[inline(never)]
pub(crate) fn free(address: u32) -> Result<(), Error> {
    let start = VirtAddr(address);
    let _unfinished = Change::begin(&UNFINISHED);
    match process_tree::run_at(start) {
        Some((first, pages, Label::Heap)) if first == start => {
            take_back(start, pages, pages);
            Ok(())
        }
        _ => Err(Error::NotAllocated),
    }
}

/// Undoes an allocation of `pages` pages of which the first `mapped` are
/// mapped.
fn take_back(start: VirtAddr, mapped: u32, pages: u32) {
    for index in 0..mapped {
        if let Some(frame) = space::unmap(page(start, index)) {
            account::release(frame);
        }
        preemption::allow_interrupts();
    }
    space::drop_empty_tables(start, pages);
    // Last, so that no page of a free run is ever mapped.
    process_tree::free(start, Label::Heap);
}

const fn page(start: VirtAddr, index: u32) -> VirtAddr {
    VirtAddr(start.0 + index * PAGE_BYTES)
}
