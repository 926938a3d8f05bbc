//! The Hifi-Eslöf tree of a process' address space, as it is born in the
//! create window.
//!
//! Spec: `virtual-memory.md`, row "Process' low-level memory allocation
//! structures".

use crate::eslof::{Node, Refusal, Tree};
use crate::memory::Label;
use crate::memory::node_array::{nodes_in, write_tree};
use layout::PAGE_BYTES;
use layout::regions::{ALLOCATION_STRUCTURES, KERNEL_STACK, PROCESS_SPACE};

/// The tree's own page and one of nodes: what a process starts with.
pub(crate) const FIRST_PAGES: u32 = 2;

const _: () = assert!(FIRST_PAGES <= ALLOCATION_STRUCTURES.pages());

/// Pages of a whole address space.
const ALL_PAGES: u32 = 1 << 20;

/// A tree under construction.
pub(crate) struct NewTree<'p> {
    tree: Tree,
    nodes: &'p mut [Node],
    header: &'p mut [u8],
}

impl<'p> NewTree<'p> {
    /// Makes the tree in `pages`, which are [`FIRST_PAGES`] zeroed pages.
    /// All but the process space is reserved; so is the page below the
    /// kernel's stack, which stays unmapped as its guard.
    ///
    /// # Errors
    ///
    /// Fails if the pages are too few.
    pub(crate) fn new(pages: &'p mut [u8]) -> Result<Self, Refusal> {
        let (header, rest) = pages
            .split_at_mut_checked(PAGE_BYTES as usize)
            .ok_or(Refusal::NoSlot)?;
        let nodes = nodes_in(rest);
        let mut tree = Tree::new(nodes, 0, ALL_PAGES)?;
        let below = PROCESS_SPACE.start.page_number();
        tree.reserve(nodes, 0, below, Label::Reserved as u16)?;
        let guard = KERNEL_STACK.start.page_number() - 1;
        let above = ALL_PAGES - guard;
        tree.reserve(nodes, guard, above, Label::Reserved as u16)?;
        Ok(Self { tree, nodes, header })
    }

    /// Marks pages of the process space as a segment's.
    ///
    /// # Errors
    ///
    /// Fails if they are not free.
    pub(crate) fn reserve(
        &mut self,
        first: u32,
        pages: u32,
    ) -> Result<(), Refusal> {
        self.tree.reserve(self.nodes, first, pages, Label::Segment as u16)
    }

    /// Writes the tree's own record into its page.
    pub(crate) fn finish(self) {
        write_tree(self.header, self.tree);
    }
}
