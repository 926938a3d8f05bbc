//! Global memory: the kernel's own data, mapped alike in every directory.
//!
//! Spec: `virtual-memory.md`, "Format of the global memory space".

use crate::devices::preemption;
use crate::memory::address_space::{self, set_table_entry, table_entry};
use crate::memory::system_tree::SystemTree;
use crate::memory::{Label, OutOfMemory, frame_records, frames};
use layout::paging::Entry;
use layout::regions::{GLOBAL_DATA, GLOBAL_STRUCTURES};
use layout::{PAGE_BYTES, VirtAddr};
use structures::change::Structure;

/// The address of the nodes of global memory's tree, after the frames'.
pub(crate) const FIRST_NODES: VirtAddr =
    VirtAddr(frames::FIRST_NODES.0 + frames::NODE_PAGES * PAGE_BYTES);
const NODE_PAGES: u32 = GLOBAL_STRUCTURES.pages() - frames::NODE_PAGES;

/// The tables of records are first in the row, each with room to grow.
pub(crate) const RECORD_PAGES: u32 = 1024;
/// How many such tables there can be.
const RECORD_TABLES: u32 = 8;

/// Returns the address of table `index` of records.
pub(crate) const fn record_table(index: u32) -> VirtAddr {
    assert!(index < RECORD_TABLES);
    VirtAddr(GLOBAL_DATA.start.0 + index * RECORD_PAGES * PAGE_BYTES)
}

/// Pages that are mapped or unmapped between two preemption points. There are
/// none of these while the kernel starts.
const BATCH: u32 = 8;

pub(crate) static GLOBAL: SystemTree =
    SystemTree::new(FIRST_NODES, NODE_PAGES, Structure::GlobalTree);

/// Creates the tree of global memory.
pub(crate) fn initialise() {
    let first = GLOBAL_DATA.start.page_number();
    GLOBAL.begin(first, GLOBAL_DATA.pages()).expect("the row is not empty");
    reserve(first, RECORD_TABLES * RECORD_PAGES, Label::Rows);
    let records = frame_records::START.page_number();
    reserve(records, frame_records::PAGES, Label::FrameRecords);
}

fn reserve(first: u32, pages: u32, label: Label) {
    let reserved = GLOBAL
        .change(|tree, nodes| tree.reserve(nodes, first, pages, label as u16));
    assert!(matches!(reserved, Some(Ok(()))), "the pages are still free");
}

/// Allocates zeroed pages, mapped in every directory.
///
/// # Errors
///
/// Fails if the row or memory is full; no resources are kept then.
pub(crate) fn allocate(
    pages: u32,
    label: Label,
) -> Result<VirtAddr, OutOfMemory> {
    if let Some(page) = GLOBAL.page_to_grow_by() {
        back(page, 1, Label::AllocatorNodes)?;
        GLOBAL.grow();
    }
    let page = GLOBAL
        .change(|tree, nodes| tree.allocate(nodes, pages, label as u16))
        .ok_or(OutOfMemory)?
        .map_err(|_| OutOfMemory)?;
    let start = VirtAddr(page * PAGE_BYTES);
    back(start, pages, label).inspect_err(|_| free(start))?;
    Ok(start)
}

/// Frees pages from [`allocate`], by their first address.
pub(crate) fn free(start: VirtAddr) {
    let page = start.page_number();
    let freed = GLOBAL.change(|tree, nodes| tree.free(nodes, page));
    let pages = freed.and_then(Result::ok).unwrap_or(0);
    for index in 0..pages {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        let entry = table_entry(page);
        if entry.is_present() {
            set_table_entry(page, Entry::ABSENT);
            frames::release(entry.frame());
        }
        preemption::allow_interrupts_every(BATCH, index);
    }
}

/// Maps a zeroed frame at every page of the range that has none.
///
/// # Errors
///
/// Fails if no frame is left; the pages before the failure are mapped.
pub(crate) fn back(
    start: VirtAddr,
    pages: u32,
    label: Label,
) -> Result<(), OutOfMemory> {
    for index in 0..pages {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        if !table_entry(page).is_present() {
            let frame = frames::allocate(0, label)?;
            set_table_entry(page, Entry::new(frame, Entry::WRITABLE));
            address_space::clear_page(page);
        }
        preemption::allow_interrupts_every(BATCH, index);
    }
    Ok(())
}
