//! A Hifi-Eslöf tree of the system, with the pages of its nodes.
//!
//! It needs no lock: the kernel has one processor and is never preempted during
//! a change. A debugger may read the tree at any time, so there is a change
//! counter, which is odd while a change is in progress.

use crate::memory::node_array::NodeArray;
use core::cell::Cell;
use layout::VirtAddr;
use structures::change::{Change, Structure};
use structures::eslof::{Refusal, Tree};

/// Growing the tree takes nodes as well, so it must grow early.
const SPARE_NODES: u32 = 4;

/// A tree, once [`SystemTree::begin`] has made it.
pub(crate) struct SystemTree {
    pub(crate) nodes: VirtAddr,
    max_pages: u32,
    pub(crate) parts: Cell<Option<(Tree, u32)>>,
    structure: Structure,
}

// SAFETY: there is one processor, and the kernel is not preempted within a
// method; exception tasks that interrupt one only read, and report that what
// they read may be inconsistent.
unsafe impl Sync for SystemTree {}

impl SystemTree {
    /// Returns storage for a tree whose nodes are at `nodes` and may take
    /// `max_pages`. The range must be for its use only; to a debugger the tree
    /// is `structure`.
    pub(crate) const fn new(
        nodes: VirtAddr,
        max_pages: u32,
        structure: Structure,
    ) -> Self {
        let parts = Cell::new(None);
        Self { nodes, max_pages, parts, structure }
    }

    /// Creates the tree, of `pages` free pages from page `first`. The first
    /// page of nodes must be mapped.
    ///
    /// # Errors
    ///
    /// Fails if there are no pages.
    pub(crate) fn begin(&self, first: u32, pages: u32) -> Result<(), Refusal> {
        let mut nodes = NodeArray::new(self.nodes, self.max_pages, 1);
        let tree = Tree::new(&mut nodes, first, pages)?;
        self.parts.set(Some((tree, 1)));
        Ok(())
    }

    /// Changes the tree, if it has been created.
    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut Tree, &mut NodeArray) -> R,
    ) -> Option<R> {
        let (mut tree, pages) = self.parts.get()?;
        let _change = Change::of(self.structure);
        let mut nodes = NodeArray::new(self.nodes, self.max_pages, pages);
        let result = change(&mut tree, &mut nodes);
        self.parts.set(Some((tree, pages)));
        Some(result)
    }

    /// Returns the page of nodes that must be mapped now if the tree must soon
    /// grow and can.
    pub(crate) fn page_to_grow_by(&self) -> Option<VirtAddr> {
        let (tree, pages) = self.parts.get()?;
        let nodes = NodeArray::new(self.nodes, self.max_pages, pages);
        let is_short = tree.spare_nodes(&nodes) < SPARE_NODES;
        if is_short { nodes.next_page() } else { None }
    }

    /// Adds [`SystemTree::page_to_grow_by`] to the nodes after it has been
    /// mapped.
    pub(crate) fn grow(&self) {
        if let Some((tree, pages)) = self.parts.get() {
            let mut nodes = NodeArray::new(self.nodes, self.max_pages, pages);
            nodes.grow();
            self.parts.set(Some((tree, pages + 1)));
        }
    }

    /// Returns how many pages of the range are free.
    pub(crate) fn free_pages(&self) -> u32 {
        self.parts.get().map_or(0, |(tree, _)| tree.free_pages)
    }
}
