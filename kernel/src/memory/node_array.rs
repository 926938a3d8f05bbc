//! The nodes of Hifi-Eslöf trees, as memory holds them.

use crate::eslof::{Node, Slots, Tree};
use crate::memory::address_space::table_entry;
use core::mem::size_of;
use core::{ptr, slice};
use layout::paging::Entry;
use layout::regions::GLOBAL_STRUCTURES;
use layout::{PAGE_BYTES, VirtAddr};

/// The nodes of a tree of the system's: an array of pages that grows.
///
/// Each array has pages of its own in the row of global allocator
/// structures: `frames` and `global` divide the row between them.
pub(crate) struct NodeArray {
    base: VirtAddr,
    pages: u32,
    max_pages: u32,
}

impl NodeArray {
    /// Returns an array at `base` that has one page and may grow to
    /// `max_pages`.
    ///
    /// # Panics
    ///
    /// Panics if the first page is not mapped, or the pages leave the row.
    pub(crate) fn new(base: VirtAddr, max_pages: u32) -> Self {
        let last = VirtAddr(base.0 + (max_pages * PAGE_BYTES - 1));
        assert!(GLOBAL_STRUCTURES.contains(base));
        assert!(GLOBAL_STRUCTURES.contains(last));
        let mut array = Self { base, pages: 0, max_pages };
        array.grow();
        array
    }

    /// Returns the page that the array grows by next; none if it may not.
    pub(crate) const fn next_page(&self) -> Option<VirtAddr> {
        if self.pages < self.max_pages {
            Some(VirtAddr(self.base.0 + self.pages * PAGE_BYTES))
        } else {
            None
        }
    }

    /// Takes [`NodeArray::next_page`] into use, which has been mapped.
    ///
    /// # Panics
    ///
    /// Panics if it is not mapped for writing.
    pub(crate) fn grow(&mut self) {
        let page = self.next_page().expect("the array may grow");
        assert!(table_entry(page).has(Entry::PRESENT | Entry::WRITABLE));
        self.pages += 1;
    }

    fn address(&self, slot: u32) -> *mut Node {
        assert!(slot < self.capacity(), "a node outside its array");
        let base = self.base.0 as usize as *mut Node;
        base.wrapping_add(slot as usize)
    }
}

impl Slots for NodeArray {
    fn capacity(&self) -> u32 {
        self.pages * PAGE_BYTES / size_of::<Node>() as u32
    }

    fn node(&self, slot: u32) -> &Node {
        // SAFETY: the slot is below the capacity, whose pages `grow` has
        // seen mapped, in tables that every directory shares; nothing
        // unmaps them, and any bytes are a node.
        unsafe { &*self.address(slot) }
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        // SAFETY: as in `node`; `self` is borrowed for writing.
        unsafe { &mut *self.address(slot) }
    }
}

/// Returns as many nodes as fit in `bytes`, which begin on a page.
///
/// # Panics
///
/// Panics if they do not.
pub(crate) fn nodes_in(bytes: &mut [u8]) -> &mut [Node] {
    let first = bytes.as_mut_ptr().cast::<Node>();
    assert!(first.is_aligned(), "nodes begin a page");
    let count = bytes.len() / size_of::<Node>();
    // SAFETY: the bytes are as many as the nodes need and borrowed for
    // writing; any bytes are a node.
    unsafe { slice::from_raw_parts_mut(first, count) }
}

/// Writes the record of a tree to the start of `page`.
///
/// # Panics
///
/// Panics if it does not fit.
pub(crate) fn write_tree(page: &mut [u8], tree: Tree) {
    assert!(page.len() >= size_of::<Tree>(), "a tree fits a page");
    let place = page.as_mut_ptr().cast::<Tree>();
    // SAFETY: the bytes are enough and borrowed for writing.
    unsafe { ptr::write_unaligned(place, tree) }
}
