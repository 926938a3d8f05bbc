//! The nodes of a tree, and their layout in memory.

use core::mem::{offset_of, size_of};

/// The slot number that means "no node".
pub const NONE: u32 = u32::MAX;

/// A slot: a node of the tree, or unused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Node {
    /// The child with lower pages; in a slot on the free list, the next such
    /// slot.
    pub left: u32,
    /// The child with higher pages.
    pub right: u32,
    /// The parent; [`NONE`] in the root.
    pub parent: u32,
    /// The first page of the run.
    pub start: u32,
    /// How many pages are busy, from `start`.
    pub busy: u32,
    /// How many free pages follow the busy ones.
    pub free: u32,
    /// The most free pages of any node below `left`.
    pub largest_left: u32,
    /// The most free pages of any node below `right`.
    pub largest_right: u32,
    /// What the busy pages are used for; defined by the caller.
    pub label: u16,
    /// The height below `right` minus the height below `left`: -1, 0 or 1.
    pub balance: i8,
    /// [`Node::IN_TREE`], [`Node::ON_FREE_LIST`], or 0 if never used.
    pub state: u8,
}

const _: () = assert!(offset_of!(Node, left) == 0);
const _: () = assert!(offset_of!(Node, right) == 4);
const _: () = assert!(offset_of!(Node, parent) == 8);
const _: () = assert!(offset_of!(Node, start) == 12);
const _: () = assert!(offset_of!(Node, busy) == 16);
const _: () = assert!(offset_of!(Node, free) == 20);
const _: () = assert!(offset_of!(Node, largest_left) == 24);
const _: () = assert!(offset_of!(Node, largest_right) == 28);
const _: () = assert!(offset_of!(Node, label) == 32);
const _: () = assert!(offset_of!(Node, balance) == 34);
const _: () = assert!(offset_of!(Node, state) == 35);
const _: () = assert!(size_of::<Node>() == 36);

impl Node {
    /// [`Node::state`] of a node in the tree.
    pub const IN_TREE: u8 = 1;
    /// [`Node::state`] of a slot on the free list.
    pub const ON_FREE_LIST: u8 = 2;

    /// A slot that was never used; a growing array must be filled with these.
    pub const UNUSED: Self = Self {
        left: NONE,
        right: NONE,
        parent: NONE,
        start: 0,
        busy: 0,
        free: 0,
        largest_left: 0,
        largest_right: 0,
        label: 0,
        balance: 0,
        state: 0,
    };

    /// Returns the node whose bytes in memory are `bytes`.
    pub fn from_bytes(bytes: &[u8; size_of::<Self>()]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes(core::array::from_fn(|i| bytes[at + i]))
        };
        let [balance, state] = [bytes[34], bytes[35]];
        Self {
            left: word(0),
            right: word(4),
            parent: word(8),
            start: word(12),
            busy: word(16),
            free: word(20),
            largest_left: word(24),
            largest_right: word(28),
            label: u16::from_le_bytes([bytes[32], bytes[33]]),
            balance: balance.cast_signed(),
            state,
        }
    }

    pub(super) fn leaf(run: Run) -> Self {
        let mut node = Self { state: Self::IN_TREE, ..Self::UNUSED };
        node.set_run(run);
        node
    }

    /// Returns the node's run.
    pub const fn run(&self) -> Run {
        let Self { start, busy, free, label, .. } = *self;
        Run { start, busy, free, label }
    }

    pub(super) const fn set_run(&mut self, run: Run) {
        let Run { start, busy, free, label } = run;
        (self.start, self.busy, self.free) = (start, busy, free);
        self.label = label;
    }
}

/// Some busy pages followed by some free pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// The first page.
    pub start: u32,
    /// How many pages are busy, from `start`. None only in the first run.
    pub busy: u32,
    /// How many free pages follow the busy ones.
    pub free: u32,
    /// What the busy pages are used for; defined by the caller.
    pub label: u16,
}

impl Run {
    /// Returns the first free page, if there is one.
    pub const fn first_free(&self) -> u32 {
        self.start + self.busy
    }

    /// Returns the page after the last one.
    pub const fn end(&self) -> u32 {
        self.start + self.busy + self.free
    }
}

/// The array of a tree's nodes.
///
/// A tree uses slots from 0 upwards and never one at or above the capacity.
pub trait Slots {
    /// Returns how many slots have memory. It may grow between two calls of a
    /// tree's methods, and never shrinks.
    fn capacity(&self) -> u32;

    /// Returns a slot below the capacity.
    fn node(&self, slot: u32) -> &Node;

    /// Returns a slot below the capacity.
    fn node_mut(&mut self, slot: u32) -> &mut Node;
}

impl Slots for &mut [Node] {
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
