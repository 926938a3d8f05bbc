//! The tree's shape: how nodes are linked, and how they stay balanced.
//!
//! After a change of a node's free pages or children, the nodes above it are
//! refreshed. A rotation does not change the set of nodes below its top, so
//! refreshing the two nodes that it moves is enough.

use super::{NONE, Node, Slots, Tree};

/// One of the two sides of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i8)]
enum Side {
    Left = -1,
    Right = 1,
}

use Side::{Left, Right};

impl Side {
    const fn opposite(self) -> Self {
        match self {
            Left => Right,
            Right => Left,
        }
    }

    /// Returns how one more level on this side changes a balance.
    const fn sign(self) -> i8 {
        self as i8
    }
}

impl Node {
    const fn child(&self, side: Side) -> u32 {
        match side {
            Left => self.left,
            Right => self.right,
        }
    }

    const fn set_child(&mut self, side: Side, child: u32) {
        match side {
            Left => self.left = child,
            Right => self.right = child,
        }
    }

    /// Returns the side on which `child` is.
    const fn side_of(&self, child: u32) -> Side {
        if self.left == child { Left } else { Right }
    }

    /// Returns the most free pages of this node and all below it.
    pub(super) fn largest(&self) -> u32 {
        self.free.max(self.largest_left).max(self.largest_right)
    }
}

/// Sets the free pages of a node in the tree.
pub(super) fn set_free(slots: &mut impl Slots, slot: u32, free: u32) {
    let node = slots.node_mut(slot);
    node.free = free;
    let parent = node.parent;
    refresh_upwards(slots, parent);
}

/// Returns the node of the pages before those of `slot`.
pub(super) fn previous(slots: &impl Slots, slot: u32) -> Option<u32> {
    neighbour(slots, slot, Left)
}

/// Returns the node of the pages after those of `slot`.
pub(super) fn next(slots: &impl Slots, slot: u32) -> Option<u32> {
    neighbour(slots, slot, Right)
}

/// Returns the leftmost node below `slot`.
pub(super) fn lowest(slots: &impl Slots, slot: u32) -> u32 {
    outermost(slots, slot, Left)
}

fn neighbour(slots: &impl Slots, slot: u32, side: Side) -> Option<u32> {
    let child = slots.node(slot).child(side);
    if child != NONE {
        return Some(outermost(slots, child, side.opposite()));
    }
    let mut below = slot;
    loop {
        let above = slots.node(below).parent;
        if above == NONE {
            return None;
        }
        if slots.node(above).side_of(below) != side {
            return Some(above);
        }
        below = above;
    }
}

fn outermost(slots: &impl Slots, slot: u32, side: Side) -> u32 {
    let mut slot = slot;
    loop {
        match slots.node(slot).child(side) {
            NONE => return slot,
            child => slot = child,
        }
    }
}

/// Returns the most free pages of any node in the subtree of `child`.
pub(super) fn largest_below(slots: &impl Slots, child: u32) -> u32 {
    if child == NONE { 0 } else { slots.node(child).largest() }
}

/// Recomputes what a node knows of its children. Returns whether it changed.
fn refresh(slots: &mut impl Slots, slot: u32) -> bool {
    let Node { left, right, .. } = *slots.node(slot);
    let fresh = (largest_below(slots, left), largest_below(slots, right));
    let node = slots.node_mut(slot);
    let changed = (node.largest_left, node.largest_right) != fresh;
    (node.largest_left, node.largest_right) = fresh;
    changed
}

/// Refreshes `slot` and its ancestors until one does not change.
fn refresh_upwards(slots: &mut impl Slots, slot: u32) {
    let mut slot = slot;
    while slot != NONE && refresh(slots, slot) {
        slot = slots.node(slot).parent;
    }
}

fn hang(slots: &mut impl Slots, parent: u32, side: Side, child: u32) {
    slots.node_mut(parent).set_child(side, child);
    if child != NONE {
        slots.node_mut(child).parent = parent;
    }
}

impl Tree {
    /// Returns the slot of the run that covers `page`.
    pub(super) fn slot_of(&self, slots: &impl Slots, page: u32) -> Option<u32> {
        let mut slot = self.root;
        while slot != NONE {
            let node = slots.node(slot);
            slot = if page < node.start {
                node.left
            } else if page >= node.run().end() {
                node.right
            } else {
                return Some(slot);
            };
        }
        None
    }

    /// Adds `leaf`, a node without children, right after `before`.
    pub(super) fn link_after(
        &mut self,
        slots: &mut impl Slots,
        before: u32,
        leaf: u32,
    ) {
        let (parent, side) = match slots.node(before).right {
            NONE => (before, Right),
            right => (lowest(slots, right), Left),
        };
        hang(slots, parent, side, leaf);
        refresh_upwards(slots, parent);
        self.grew(slots, parent, side);
    }

    /// Removes the run of `slot`, which has no free pages, from the tree.
    /// Returns the slot that is no longer used, which may be another one.
    pub(super) fn unlink(&mut self, slots: &mut impl Slots, slot: u32) -> u32 {
        let Node { left, right, balance, .. } = *slots.node(slot);
        if left == NONE || right == NONE {
            let child = if left == NONE { right } else { left };
            self.remove(slots, slot, child);
            return slot;
        }
        // A node with two children stays, and takes over its neighbour on the
        // taller side, which has at most one child.
        let (inner, side) =
            if balance > 0 { (right, Left) } else { (left, Right) };
        let neighbour = outermost(slots, inner, side);
        let child = slots.node(neighbour).child(side.opposite());
        let run = slots.node(neighbour).run();
        slots.node_mut(slot).set_run(run);
        set_free(slots, neighbour, 0);
        set_free(slots, slot, run.free);
        self.remove(slots, neighbour, child);
        neighbour
    }

    /// Replaces a node that has no free pages by its only child, if any.
    fn remove(&mut self, slots: &mut impl Slots, slot: u32, child: u32) {
        let parent = slots.node(slot).parent;
        if let Some(side) = self.replace(slots, slot, child) {
            self.shrank(slots, parent, side);
        }
    }

    /// Puts `with` in the place of `slot`. Returns on which side of its parent
    /// that is, or none for the root.
    fn replace(
        &mut self,
        slots: &mut impl Slots,
        slot: u32,
        with: u32,
    ) -> Option<Side> {
        let parent = slots.node(slot).parent;
        if parent == NONE {
            self.root = with;
            if with != NONE {
                slots.node_mut(with).parent = NONE;
            }
            return None;
        }
        let side = slots.node(parent).side_of(slot);
        hang(slots, parent, side, with);
        Some(side)
    }

    /// Restores the balances after `side` of `slot` became one level taller.
    fn grew(&mut self, slots: &mut impl Slots, slot: u32, side: Side) {
        let (mut slot, mut side) = (slot, side);
        loop {
            let node = slots.node_mut(slot);
            node.balance += side.sign();
            let Node { balance, parent, .. } = *node;
            if balance.abs() == 2 {
                self.rebalance(slots, slot, side);
                return;
            }
            if balance == 0 || parent == NONE {
                return;
            }
            side = slots.node(parent).side_of(slot);
            slot = parent;
        }
    }

    /// Restores the balances after `side` of `slot` lost one level.
    fn shrank(&mut self, slots: &mut impl Slots, slot: u32, side: Side) {
        let (mut slot, mut side) = (slot, side);
        loop {
            let node = slots.node_mut(slot);
            node.balance -= side.sign();
            let balance = node.balance;
            let top = if balance.abs() == 2 {
                self.rebalance(slots, slot, side.opposite())
            } else {
                slot
            };
            let Node { balance, parent, .. } = *slots.node(top);
            if balance != 0 || parent == NONE {
                return;
            }
            side = slots.node(parent).side_of(top);
            slot = parent;
        }
    }

    /// Rotates at `top`, which is two levels taller on `side`. Returns the node
    /// that takes its place.
    fn rebalance(
        &mut self,
        slots: &mut impl Slots,
        top: u32,
        side: Side,
    ) -> u32 {
        let child = slots.node(top).child(side);
        if slots.node(child).balance == -side.sign() {
            // It leans inwards, where a single rotation would only move the
            // excess to the other side.
            self.rotate(slots, child, side);
        }
        self.rotate(slots, top, side.opposite())
    }

    /// Moves `top` down to `to`, and its child on the other side up. Returns
    /// that child.
    fn rotate(&mut self, slots: &mut impl Slots, top: u32, to: Side) -> u32 {
        let from = to.opposite();
        let riser = slots.node(top).child(from);
        let between = slots.node(riser).child(to);
        self.replace(slots, top, riser);
        hang(slots, top, from, between);
        hang(slots, riser, to, top);
        // Balances as seen from `to`, which holds for both directions and
        // any heights, so that a double rotation needs no cases of its own.
        let sign = from.sign();
        let top_lean = sign * slots.node(top).balance;
        let riser_lean = sign * slots.node(riser).balance;
        let top_after = top_lean - 1 - riser_lean.max(0);
        let riser_after = riser_lean - 1 + top_after.min(0);
        slots.node_mut(top).balance = sign * top_after;
        slots.node_mut(riser).balance = sign * riser_after;
        refresh(slots, top);
        refresh(slots, riser);
        riser
    }
}
