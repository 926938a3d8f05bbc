//! The nodes of Hifi-Eslöf trees in memory.

use crate::memory::address_space::table_entry;
use core::mem::{offset_of, size_of};
use core::{ptr, slice};
use layout::paging::Entry;
use layout::regions::{ALLOCATION_STRUCTURES, GLOBAL_STRUCTURES};
use layout::{PAGE_BYTES, VirtAddr};
use structures::eslof::{Node, Slots, Tree};

/// The nodes of a tree: an array of pages that grows.
///
/// Each array has its own pages: `frames` and `global` divide the row of global
/// allocator structures between them, and a process' tree has the row of
/// allocation structures in that process.
pub(crate) struct NodeArray {
    base: VirtAddr,
    pages: u32,
    max_pages: u32,
}

impl NodeArray {
    /// Returns an array at `base` that has this many pages, all mapped, and may
    /// grow to `max_pages`.
    ///
    /// # Panics
    ///
    /// Panics if the last of them is not mapped, or they are outside the rows
    /// of allocators.
    pub(crate) fn new(base: VirtAddr, max_pages: u32, pages: u32) -> Self {
        let last = VirtAddr(base.0 + (max_pages * PAGE_BYTES - 1));
        let mut rows = [GLOBAL_STRUCTURES, ALLOCATION_STRUCTURES].into_iter();
        assert!(rows.any(|row| row.contains(base) && row.contains(last)));
        let mut array = Self { base, pages: pages - 1, max_pages };
        array.grow();
        array
    }

    /// Returns the page that must be mapped for the array to grow; none if it
    /// may not.
    pub(crate) fn next_page(&self) -> Option<VirtAddr> {
        let next = VirtAddr(self.base.0 + self.pages * PAGE_BYTES);
        (self.pages < self.max_pages).then_some(next)
    }

    /// Adds [`NodeArray::next_page`] to the array after it has been mapped.
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
        // SAFETY: the slot is below the capacity, whose pages `grow` found
        // mapped. Nothing unmaps them while the kernel runs in this address
        // space, and any bytes are a valid node.
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
    // SAFETY: the nodes take exactly these bytes, which are borrowed for
    // writing; any bytes are a valid node.
    unsafe { slice::from_raw_parts_mut(first, count) }
}

/// The record of a process' tree, at the start of the row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(crate) struct Header {
    pub(crate) tree: Tree,
    /// How many pages its nodes have, from the row's second page on.
    pub(crate) node_pages: u32,
}

const _: () = assert!(offset_of!(Header, tree) == 0);
const _: () = assert!(offset_of!(Header, node_pages) == 36);

impl Header {
    /// Writes the record to the start of `page`.
    ///
    /// # Panics
    ///
    /// Panics if it does not fit.
    pub(crate) fn write_to(self, page: &mut [u8]) {
        assert!(page.len() >= size_of::<Self>(), "a tree fits a page");
        let place = page.as_mut_ptr().cast::<Self>();
        // SAFETY: the bytes are enough and borrowed for writing.
        unsafe { ptr::write_unaligned(place, self) }
    }

    /// Returns the record of the running process; none if it has no tree.
    pub(crate) fn of_running() -> Option<Self> {
        let present = table_entry(Self::PLACE).has(Entry::PRESENT);
        let place = Self::PLACE.0 as usize as *const Self;
        // SAFETY: the page is mapped, in the row that only the kernel can
        // access, and any words are a valid record.
        let header = present.then(|| unsafe { ptr::read_volatile(place) })?;
        (header.tree.magic == Tree::MAGIC).then_some(header)
    }

    /// Writes the record of the running process, which must have one.
    pub(crate) fn set_for_running(self) {
        let rights = Entry::PRESENT | Entry::WRITABLE;
        assert!(table_entry(Self::PLACE).has(rights));
        let place = Self::PLACE.0 as usize as *mut Self;
        // SAFETY: the page is mapped for writing and holds nothing else; no
        // reference into it is kept.
        unsafe { ptr::write_volatile(place, self) }
    }

    const PLACE: VirtAddr = ALLOCATION_STRUCTURES.start;
}
