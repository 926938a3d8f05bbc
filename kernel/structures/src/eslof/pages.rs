//! Allocating and freeing pages.

use super::{NONE, Node, Run, Slots, Tree, links};
use core::fmt;

/// Why pages could not be allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// No pages were asked for, or the range has none.
    Empty,
    /// No free stretch is that long.
    NoRoom {
        /// How many pages were asked for.
        pages: u32,
    },
    /// Some of the pages are busy or outside the range.
    NotFree {
        /// The first page that was asked for.
        start: u32,
        /// How many.
        pages: u32,
    },
    /// Every slot is in use: grow the array and ask again.
    NoSlot,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no pages were asked for"),
            Self::NoRoom { pages } => {
                write!(f, "no {pages} free pages in a row")
            }
            Self::NotFree { start, pages } => {
                write!(f, "{pages} pages from page {start} are not all free")
            }
            Self::NoSlot => f.write_str("no slot is left for another run"),
        }
    }
}

impl core::error::Error for Refusal {}

/// No busy run begins at this page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotARun(pub u32);

impl fmt::Display for NotARun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no busy run begins at page {}", self.0)
    }
}

impl core::error::Error for NotARun {}

impl Tree {
    /// Returns a tree of `pages` free pages from page `first`. It uses one
    /// slot.
    ///
    /// # Errors
    ///
    /// Fails if there are no pages, their end overflows, or there is no slot.
    pub fn new(
        slots: &mut impl Slots,
        first: u32,
        pages: u32,
    ) -> Result<Self, Refusal> {
        if pages == 0 {
            return Err(Refusal::Empty);
        }
        if first.checked_add(pages).is_none() {
            return Err(Refusal::NotFree { start: first, pages });
        }
        let mut tree = Self {
            magic: Self::MAGIC,
            version: Self::VERSION,
            first,
            pages,
            free_pages: pages,
            root: NONE,
            nodes: 0,
            high_water: 0,
            free_list: NONE,
        };
        let run = Run { start: first, busy: 0, free: pages, label: 0 };
        tree.root = tree.take_slot(slots, run)?;
        Ok(tree)
    }

    /// Returns how many more runs there can be before the array must grow.
    ///
    /// [`Tree::allocate`] and [`Tree::reserve`] use at most one each.
    pub fn spare_nodes(&self, slots: &impl Slots) -> u32 {
        slots.capacity().saturating_sub(self.nodes)
    }

    /// Allocates the lowest `pages` contiguous free pages and returns the first
    /// of them.
    ///
    /// # Errors
    ///
    /// Fails if no free stretch is that long, no slot is left, or `pages`
    /// is 0. Nothing has changed then.
    pub fn allocate(
        &mut self,
        slots: &mut impl Slots,
        pages: u32,
        label: u16,
    ) -> Result<u32, Refusal> {
        if pages == 0 {
            return Err(Refusal::Empty);
        }
        let slot = self.first_fit(slots, pages)?;
        let start = slots.node(slot).run().first_free();
        self.take(slots, slot, start, pages, label)?;
        Ok(start)
    }

    /// Makes `pages` pages from page `start` busy.
    ///
    /// # Errors
    ///
    /// Fails if they are not all free, no slot is left, or `pages` is 0.
    /// Nothing has changed then.
    pub fn reserve(
        &mut self,
        slots: &mut impl Slots,
        start: u32,
        pages: u32,
        label: u16,
    ) -> Result<(), Refusal> {
        if pages == 0 {
            return Err(Refusal::Empty);
        }
        let refusal = Refusal::NotFree { start, pages };
        let end = start.checked_add(pages).ok_or(refusal)?;
        let slot = self.slot_of(slots, start).ok_or(refusal)?;
        let run = slots.node(slot).run();
        if start < run.first_free() || end > run.end() {
            return Err(refusal);
        }
        self.take(slots, slot, start, pages, label)
    }

    /// Frees the whole run of busy pages that begins at page `start` and
    /// returns how many they were.
    ///
    /// # Errors
    ///
    /// Fails if no busy run begins there.
    pub fn free(
        &mut self,
        slots: &mut impl Slots,
        start: u32,
    ) -> Result<u32, NotARun> {
        let slot = self.slot_of(slots, start).ok_or(NotARun(start))?;
        let run = slots.node(slot).run();
        if run.start != start || run.busy == 0 {
            return Err(NotARun(start));
        }
        if let Some(previous) = links::previous(slots, slot) {
            // A node without free pages can leave without a change above it.
            links::set_free(slots, slot, 0);
            let free = slots.node(previous).free + run.busy + run.free;
            links::set_free(slots, previous, free);
            let unused = self.unlink(slots, slot);
            self.return_slot(slots, unused);
        } else {
            let node = slots.node_mut(slot);
            (node.busy, node.label) = (0, 0);
            links::set_free(slots, slot, run.busy + run.free);
        }
        self.free_pages += run.busy;
        Ok(run.busy)
    }

    /// Finds the node with the lowest free stretch that is long enough.
    fn first_fit(
        &self,
        slots: &impl Slots,
        pages: u32,
    ) -> Result<u32, Refusal> {
        let mut slot = self.root;
        while slot != NONE {
            let node = slots.node(slot);
            slot = if node.largest_left >= pages {
                node.left
            } else if node.free >= pages {
                return Ok(slot);
            } else if node.largest_right >= pages {
                node.right
            } else {
                break;
            };
        }
        Err(Refusal::NoRoom { pages })
    }

    /// Makes pages busy that are free in the run at `slot`.
    fn take(
        &mut self,
        slots: &mut impl Slots,
        slot: u32,
        start: u32,
        pages: u32,
        label: u16,
    ) -> Result<(), Refusal> {
        let old = slots.node(slot).run();
        let free = old.end() - (start + pages);
        if start == old.start {
            // The first run had no busy pages: it needs no second node.
            let node = slots.node_mut(slot);
            (node.busy, node.label) = (pages, label);
            links::set_free(slots, slot, free);
        } else {
            let run = Run { start, busy: pages, free, label };
            let leaf = self.take_slot(slots, run)?;
            links::set_free(slots, slot, start - old.first_free());
            self.link_after(slots, slot, leaf);
        }
        self.free_pages -= pages;
        Ok(())
    }

    /// Fills a slot with a node for `run`.
    fn take_slot(
        &mut self,
        slots: &mut impl Slots,
        run: Run,
    ) -> Result<u32, Refusal> {
        let slot = if self.free_list != NONE {
            let slot = self.free_list;
            self.free_list = slots.node(slot).left;
            slot
        } else if self.high_water < slots.capacity() {
            self.high_water += 1;
            self.high_water - 1
        } else {
            return Err(Refusal::NoSlot);
        };
        *slots.node_mut(slot) = Node::leaf(run);
        self.nodes += 1;
        Ok(slot)
    }

    /// Puts the slot of a node that has left the tree on the free list.
    fn return_slot(&mut self, slots: &mut impl Slots, slot: u32) {
        let left = self.free_list;
        let state = Node::ON_FREE_LIST;
        *slots.node_mut(slot) = Node { left, state, ..Node::UNUSED };
        self.free_list = slot;
        self.nodes -= 1;
    }
}
