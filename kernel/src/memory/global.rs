//! Global memory: what the kernel records, the same in every directory.
//!
//! Spec: `virtual-memory.md`, "Format of the global memory space".

use crate::eslof::Tree;
use crate::memory::address_space::{self, set_table_entry, table_entry};
use crate::memory::node_array::NodeArray;
use crate::memory::{Label, OutOfMemory, frames};
use layout::paging::Entry;
use layout::regions::{GLOBAL_DATA, GLOBAL_STRUCTURES};
use layout::{PAGE_BYTES, VirtAddr};
use spin::Mutex;

/// Where the nodes of global memory's tree stand: behind the frames'.
pub(crate) const FIRST_NODES: VirtAddr =
    VirtAddr(frames::FIRST_NODES.0 + frames::NODE_PAGES * PAGE_BYTES);
const NODE_PAGES: u32 = GLOBAL_STRUCTURES.pages() - frames::NODE_PAGES;

/// The tables of records stand first in the row, each with room to grow.
pub(crate) const RECORD_PAGES: u32 = 1024;
/// How many such tables there can be.
const RECORD_TABLES: u32 = 4;

const SPARE_NODES: u32 = 4;

/// Returns where the pages of table `index` of records stand.
pub(crate) const fn record_table(index: u32) -> VirtAddr {
    assert!(index < RECORD_TABLES);
    VirtAddr(GLOBAL_DATA.start.0 + index * RECORD_PAGES * PAGE_BYTES)
}

struct Global {
    tree: Tree,
    nodes: NodeArray,
}

static GLOBAL: Mutex<Option<Global>> = Mutex::new(None);

/// Makes the tree of global memory.
pub(crate) fn initialise() {
    let mut nodes = NodeArray::new(FIRST_NODES, NODE_PAGES);
    let first = GLOBAL_DATA.start.page_number();
    let mut tree = Tree::new(&mut nodes, first, GLOBAL_DATA.pages())
        .expect("the row is not empty");
    let tables = RECORD_TABLES * RECORD_PAGES;
    tree.reserve(&mut nodes, first, tables, Label::Rows as u16)
        .expect("the tree is still free");
    *GLOBAL.lock() = Some(Global { tree, nodes });
}

/// Returns zeroed pages, mapped in every directory.
///
/// # Errors
///
/// Fails if the row or memory is used up; nothing is kept then.
pub(crate) fn allocate(
    pages: u32,
    label: Label,
) -> Result<VirtAddr, OutOfMemory> {
    let page = {
        let mut global = GLOBAL.lock();
        let Global { tree, nodes } = global.as_mut().ok_or(OutOfMemory)?;
        if tree.spare_nodes(nodes) < SPARE_NODES
            && let Some(page) = nodes.next_page()
        {
            back(page, 1)?;
            nodes.grow();
        }
        tree.allocate(nodes, pages, label as u16).map_err(|_| OutOfMemory)?
    };
    let start = VirtAddr(page * PAGE_BYTES);
    back(start, pages).inspect_err(|_| free(start))?;
    Ok(start)
}

/// Takes back pages from [`allocate`], by their first address.
pub(crate) fn free(start: VirtAddr) {
    let pages = {
        let mut global = GLOBAL.lock();
        let Some(Global { tree, nodes }) = global.as_mut() else { return };
        tree.free(nodes, start.page_number()).unwrap_or(0)
    };
    for index in 0..pages {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        let entry = table_entry(page);
        if entry.is_present() {
            set_table_entry(page, Entry::ABSENT);
            frames::free(entry.frame());
        }
    }
}

/// Puts zeroed frames behind those of the pages that have none.
///
/// # Errors
///
/// Fails if no frame is left; the pages before have theirs.
pub(crate) fn back(start: VirtAddr, pages: u32) -> Result<(), OutOfMemory> {
    for index in 0..pages {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        if !table_entry(page).is_present() {
            let frame = frames::allocate(Label::GlobalData)?;
            set_table_entry(page, Entry::new(frame, Entry::WRITABLE));
            address_space::clear_page(page);
        }
    }
    Ok(())
}
