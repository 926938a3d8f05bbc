//! Checks every invariant of a tree, without trusting it.
//!
//! Heights and maxima are checked against the direct children only: if all
//! leaves are right and each node agrees with its children, then so is the
//! whole tree.

use super::{NONE, Node, Slots, Tree, links};
use core::fmt;

/// An invariant of the tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    /// The record has its magic number and version.
    Record,
    /// Each link leads to a node of the tree, and back; the root has no
    /// parent.
    Links,
    /// Runs follow one another without gap or overlap, and fill the range.
    Tiling,
    /// Only the first run may have no busy pages.
    Busy,
    /// Each balance is the difference of the heights, and at most one.
    Balance,
    /// Each node knows the most free pages on either side.
    Largest,
    /// The counters agree with the nodes.
    Counters,
    /// Each slot that was ever used is in the tree or on the free list.
    Slots,
}

/// A violated invariant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Violation {
    /// The invariant.
    pub(crate) rule: Rule,
    /// The slot where it was found; [`NONE`] if in no particular one.
    pub(crate) slot: u32,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, slot } = *self;
        f.write_str(match rule {
            Rule::Record => "not a tree of this version",
            Rule::Links => "a link leads astray",
            Rule::Tiling => "runs do not follow one another",
            Rule::Busy => "a run has no busy pages",
            Rule::Balance => "a balance is not what the heights say",
            Rule::Largest => "a largest free stretch is wrong",
            Rule::Counters => "a counter is wrong",
            Rule::Slots => "a slot is lost or used twice",
        })?;
        if slot == NONE { Ok(()) } else { write!(f, " at slot {slot}") }
    }
}

impl core::error::Error for Violation {}

fn hold(rule: Rule, slot: u32, holds: bool) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { rule, slot }) }
}

impl Tree {
    /// Checks every invariant, in time proportional to the number of nodes and,
    /// for the balances, the height.
    ///
    /// # Errors
    ///
    /// Fails with the first invariant that does not hold.
    pub(crate) fn check(&self, slots: &impl Slots) -> Result<(), Violation> {
        let known = self.magic == Self::MAGIC && self.version == Self::VERSION;
        hold(Rule::Record, NONE, known)?;
        hold(Rule::Slots, NONE, self.high_water <= slots.capacity())?;
        self.check_links(slots)?;
        self.check_runs(slots)?;
        for slot in (0..self.high_water).filter(|slot| in_tree(slots, *slot)) {
            check_node(slots, slot)?;
        }
        self.check_free_list(slots)
    }

    /// Checks that all links stay in the tree and are symmetrical, and that
    /// there are no nodes but those below the root.
    fn check_links(&self, slots: &impl Slots) -> Result<(), Violation> {
        let is_node = |slot| slot < self.high_water && in_tree(slots, slot);
        hold(Rule::Links, self.root, is_node(self.root))?;
        let top = slots.node(self.root).parent;
        hold(Rule::Links, self.root, top == NONE)?;
        let mut nodes = 0;
        for slot in (0..self.high_water).filter(|slot| in_tree(slots, *slot)) {
            nodes += 1;
            let Node { left, right, parent, .. } = *slots.node(slot);
            let children = left != right || left == NONE;
            hold(Rule::Links, slot, children)?;
            for child in [left, right].into_iter().filter(|c| *c != NONE) {
                hold(Rule::Links, child, is_node(child))?;
                let back = slots.node(child).parent;
                hold(Rule::Links, child, back == slot)?;
            }
            let hangs = if slot == self.root {
                parent == NONE
            } else {
                is_node(parent) && {
                    let above = slots.node(parent);
                    above.left == slot || above.right == slot
                }
            };
            hold(Rule::Links, slot, hangs)?;
        }
        hold(Rule::Counters, NONE, nodes == self.nodes)
    }

    /// Checks tiling, order and page counters. A cycle of symmetrical links
    /// appears here as a run that is not the next one.
    fn check_runs(&self, slots: &impl Slots) -> Result<(), Violation> {
        let (mut page, mut free, mut nodes) = (self.first, 0_u32, 0);
        let mut at = Some(links::lowest(slots, self.root));
        while let Some(slot) = at {
            let run = slots.node(slot).run();
            hold(Rule::Tiling, slot, run.start == page)?;
            let first = nodes == 0;
            hold(Rule::Busy, slot, run.busy > 0 || first && run.free > 0)?;
            let end = run.busy.checked_add(run.free);
            let end = end.and_then(|pages| page.checked_add(pages));
            hold(Rule::Tiling, slot, end.is_some())?;
            page = run.end();
            free += run.free;
            nodes += 1;
            at = links::next(slots, slot);
        }
        hold(Rule::Tiling, NONE, page == self.first + self.pages)?;
        hold(Rule::Links, NONE, nodes == self.nodes)?;
        hold(Rule::Counters, NONE, free == self.free_pages)
    }

    /// Checks the free list.
    fn check_free_list(&self, slots: &impl Slots) -> Result<(), Violation> {
        let mut unlisted = self.high_water - self.nodes;
        let mut slot = self.free_list;
        while slot != NONE {
            hold(Rule::Slots, slot, unlisted > 0 && slot < self.high_water)?;
            let node = slots.node(slot);
            hold(Rule::Slots, slot, node.state == Node::ON_FREE_LIST)?;
            unlisted -= 1;
            slot = node.left;
        }
        hold(Rule::Slots, NONE, unlisted == 0)
    }
}

fn in_tree(slots: &impl Slots, slot: u32) -> bool {
    slots.node(slot).state == Node::IN_TREE
}

fn check_node(slots: &impl Slots, slot: u32) -> Result<(), Violation> {
    let node = slots.node(slot);
    let difference = height(slots, node.right) - height(slots, node.left);
    let balanced =
        difference.abs() <= 1 && difference == i32::from(node.balance);
    hold(Rule::Balance, slot, balanced)?;
    let left = links::largest_below(slots, node.left);
    let right = links::largest_below(slots, node.right);
    let known = (left, right) == (node.largest_left, node.largest_right);
    hold(Rule::Largest, slot, known)
}

/// Returns the height below `slot`, following the taller side according to the
/// balances.
fn height(slots: &impl Slots, slot: u32) -> i32 {
    let mut levels = 0;
    let mut slot = slot;
    while slot != NONE {
        let node = slots.node(slot);
        slot = if node.balance < 0 { node.left } else { node.right };
        levels += 1;
    }
    levels
}
