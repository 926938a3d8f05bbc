//! Hifi-Eslöf: who has which pages of a range, as a tree of runs.
//!
//! A *run* is some busy pages followed by some free ones; runs tile the
//! range without gaps. They are the nodes of an AVL tree ordered by address,
//! and each node knows the longest free stretch on either side of it, so
//! that the lowest free stretch of a given length is found, taken and given
//! back in logarithmic time. Only the first run may have no busy pages;
//! hence two free stretches never touch, and free space is always as
//! coalesced as it can be.
//!
//! Nodes stand in slots of a flat array that may grow while in use; slots
//! that are given back form a list and are used again. Nothing here
//! recurses, allocates or panics on a sound tree, and the deepest call needs
//! a few hundred bytes of stack.
//!
//! Instances: physical frames, global memory, each process' address space.

#[cfg(test)]
pub(crate) mod check;
mod links;
pub(crate) mod look;
pub(crate) mod runs;
#[cfg(test)]
mod tests;

use core::fmt;
use core::mem::{offset_of, size_of};

/// The slot number that means "no node".
pub(crate) const NONE: u32 = u32::MAX;

/// A slot: a node of the tree, or one that waits for use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(crate) struct Node {
    /// The child with lower pages; in a returned slot, the next such slot.
    pub(crate) less: u32,
    /// The child with higher pages.
    pub(crate) more: u32,
    /// The parent; [`NONE`] in the root.
    pub(crate) parent: u32,
    /// The first page of the run.
    pub(crate) start: u32,
    /// How many pages are busy, from `start`.
    pub(crate) busy: u32,
    /// How many free pages follow the busy ones.
    pub(crate) free: u32,
    /// The most free pages that any node below `less` has.
    pub(crate) largest_less: u32,
    /// The most free pages that any node below `more` has.
    pub(crate) largest_more: u32,
    /// What the busy pages are for; the caller's to define.
    pub(crate) label: u16,
    /// The height below `more` minus the height below `less`: -1, 0 or 1.
    pub(crate) balance: i8,
    /// [`Node::IN_TREE`], [`Node::RETURNED`], or 0 if never used.
    pub(crate) state: u8,
}

const _: () = assert!(offset_of!(Node, less) == 0);
const _: () = assert!(offset_of!(Node, more) == 4);
const _: () = assert!(offset_of!(Node, parent) == 8);
const _: () = assert!(offset_of!(Node, start) == 12);
const _: () = assert!(offset_of!(Node, busy) == 16);
const _: () = assert!(offset_of!(Node, free) == 20);
const _: () = assert!(offset_of!(Node, largest_less) == 24);
const _: () = assert!(offset_of!(Node, largest_more) == 28);
const _: () = assert!(offset_of!(Node, label) == 32);
const _: () = assert!(offset_of!(Node, balance) == 34);
const _: () = assert!(offset_of!(Node, state) == 35);
const _: () = assert!(size_of::<Node>() == 36);

impl Node {
    /// [`Node::state`] of a node in the tree.
    pub(crate) const IN_TREE: u8 = 1;
    /// [`Node::state`] of a slot that was used before.
    pub(crate) const RETURNED: u8 = 2;

    /// A slot that was never used: all that a growing array must provide.
    pub(crate) const UNUSED: Self = Self {
        less: NONE,
        more: NONE,
        parent: NONE,
        start: 0,
        busy: 0,
        free: 0,
        largest_less: 0,
        largest_more: 0,
        label: 0,
        balance: 0,
        state: 0,
    };

    /// Returns the node that memory holds as `bytes`.
    pub(crate) fn from_bytes(bytes: &[u8; size_of::<Self>()]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes(core::array::from_fn(|i| bytes[at + i]))
        };
        let [balance, state] = [bytes[34], bytes[35]];
        Self {
            less: word(0),
            more: word(4),
            parent: word(8),
            start: word(12),
            busy: word(16),
            free: word(20),
            largest_less: word(24),
            largest_more: word(28),
            label: u16::from_le_bytes([bytes[32], bytes[33]]),
            balance: balance.cast_signed(),
            state,
        }
    }

    fn leaf(run: Run) -> Self {
        let mut node = Self { state: Self::IN_TREE, ..Self::UNUSED };
        node.set_run(run);
        node
    }

    /// Returns the run that the node stands for.
    pub(crate) const fn run(&self) -> Run {
        let Self { start, busy, free, label, .. } = *self;
        Run { start, busy, free, label }
    }

    const fn set_run(&mut self, run: Run) {
        let Run { start, busy, free, label } = run;
        (self.start, self.busy, self.free) = (start, busy, free);
        self.label = label;
    }
}

/// Some busy pages followed by some free pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    /// The first page.
    pub(crate) start: u32,
    /// How many pages are busy, from `start`. None only in the first run.
    pub(crate) busy: u32,
    /// How many free pages follow the busy ones.
    pub(crate) free: u32,
    /// What the busy pages are for; the caller's to define.
    pub(crate) label: u16,
}

impl Run {
    /// Returns the first page that is free, if there is one.
    pub(crate) const fn first_free(&self) -> u32 {
        self.start + self.busy
    }

    /// Returns the page after the last one.
    pub(crate) const fn end(&self) -> u32 {
        self.start + self.busy + self.free
    }
}

/// Where the nodes of a tree stand.
///
/// A tree uses slots from 0 upwards and never one at or above the capacity.
pub(crate) trait Slots {
    /// Returns how many slots have memory behind them. It may grow between
    /// two calls of a tree's methods, and never shrinks.
    fn capacity(&self) -> u32;

    /// Returns a slot below the capacity.
    fn node(&self, slot: u32) -> &Node;

    /// Returns a slot below the capacity.
    fn node_mut(&mut self, slot: u32) -> &mut Node;
}

impl Slots for [Node] {
    fn capacity(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(NONE)
    }

    fn node(&self, slot: u32) -> &Node {
        &self[slot as usize]
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        &mut self[slot as usize]
    }
}

/// A tree: all but its nodes.
///
/// Every method takes the slots that the tree was made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(crate) struct Tree {
    /// [`Tree::MAGIC`].
    pub(crate) magic: u32,
    /// [`Tree::VERSION`].
    pub(crate) version: u32,
    /// The first page of the range.
    pub(crate) first: u32,
    /// How many pages the range has.
    pub(crate) pages: u32,
    /// How many of them are free.
    pub(crate) free_pages: u32,
    /// The slot of the root.
    pub(crate) root: u32,
    /// How many nodes the tree has.
    pub(crate) nodes: u32,
    /// How many slots, from 0, were ever used.
    pub(crate) touched: u32,
    /// The first slot that was given back and not used again.
    pub(crate) returned: u32,
}

const _: () = assert!(offset_of!(Tree, magic) == 0);
const _: () = assert!(offset_of!(Tree, version) == 4);
const _: () = assert!(offset_of!(Tree, root) == 20);
const _: () = assert!(size_of::<Tree>() == 36);

/// Why pages were not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// No pages were asked for, or a range has none.
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
pub(crate) struct NotARun(pub(crate) u32);

impl fmt::Display for NotARun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no busy run begins at page {}", self.0)
    }
}

impl core::error::Error for NotARun {}

impl Tree {
    /// The first word: `ESLF` in memory.
    pub(crate) const MAGIC: u32 = u32::from_le_bytes(*b"ESLF");
    /// The version of this record's and its nodes' shape.
    pub(crate) const VERSION: u32 = 1;

    /// Returns a tree of `pages` free pages from page `first`. It uses one
    /// slot.
    ///
    /// # Errors
    ///
    /// Fails if there are no pages, their end is not a number, or there is
    /// no slot.
    pub(crate) fn new<S: Slots + ?Sized>(
        slots: &mut S,
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
            touched: 0,
            returned: NONE,
        };
        let run = Run { start: first, busy: 0, free: pages, label: 0 };
        tree.root = tree.take_slot(slots, run)?;
        Ok(tree)
    }

    /// Returns how many more runs there can be before the array must grow.
    ///
    /// [`Tree::allocate`] and [`Tree::reserve`] use at most one each.
    pub(crate) fn spare_nodes<S: Slots + ?Sized>(&self, slots: &S) -> u32 {
        slots.capacity().saturating_sub(self.nodes)
    }

    /// Makes the lowest `pages` free pages in a row busy and returns the
    /// first of them.
    ///
    /// # Errors
    ///
    /// Fails if no free stretch is that long, no slot is left, or `pages`
    /// is 0. Nothing has changed then.
    pub(crate) fn allocate<S: Slots + ?Sized>(
        &mut self,
        slots: &mut S,
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
    pub(crate) fn reserve<S: Slots + ?Sized>(
        &mut self,
        slots: &mut S,
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
    pub(crate) fn free<S: Slots + ?Sized>(
        &mut self,
        slots: &mut S,
        start: u32,
    ) -> Result<u32, NotARun> {
        let slot = self.slot_of(slots, start).ok_or(NotARun(start))?;
        let run = slots.node(slot).run();
        if run.start != start || run.busy == 0 {
            return Err(NotARun(start));
        }
        if let Some(previous) = links::previous(slots, slot) {
            // An empty-handed node can leave without anyone above noticing.
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
    fn first_fit<S: Slots + ?Sized>(
        &self,
        slots: &S,
        pages: u32,
    ) -> Result<u32, Refusal> {
        let mut slot = self.root;
        while slot != NONE {
            let node = slots.node(slot);
            slot = if node.largest_less >= pages {
                node.less
            } else if node.free >= pages {
                return Ok(slot);
            } else if node.largest_more >= pages {
                node.more
            } else {
                break;
            };
        }
        Err(Refusal::NoRoom { pages })
    }

    /// Makes pages busy that are free in the run at `slot`.
    fn take<S: Slots + ?Sized>(
        &mut self,
        slots: &mut S,
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
    fn take_slot<S: Slots + ?Sized>(
        &mut self,
        slots: &mut S,
        run: Run,
    ) -> Result<u32, Refusal> {
        let slot = if self.returned != NONE {
            let slot = self.returned;
            self.returned = slots.node(slot).less;
            slot
        } else if self.touched < slots.capacity() {
            self.touched += 1;
            self.touched - 1
        } else {
            return Err(Refusal::NoSlot);
        };
        *slots.node_mut(slot) = Node::leaf(run);
        self.nodes += 1;
        Ok(slot)
    }

    /// Puts a slot whose node left the tree on the list of returned ones.
    fn return_slot<S: Slots + ?Sized>(&mut self, slots: &mut S, slot: u32) {
        let less = self.returned;
        let state = Node::RETURNED;
        *slots.node_mut(slot) = Node { less, state, ..Node::UNUSED };
        self.returned = slot;
        self.nodes -= 1;
    }
}
