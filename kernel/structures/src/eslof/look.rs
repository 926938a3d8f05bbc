//! Reading a tree that may be corrupt, or in the middle of a change.
//!
//! A debugger may read trees at any moment. So no link is trusted: each search
//! ends after as many steps as a sound tree can need, and pages only ever go
//! up.

use super::{NONE, Node, Run};

/// No sound tree of 2^32 nodes is higher.
const MAX_HEIGHT: u32 = 47;

/// Access to nodes that may hold anything.
pub trait Nodes {
    /// Returns the node in a slot; none if there is no such slot.
    fn node(&mut self, slot: u32) -> Option<Node>;
}

/// Iterates over the runs of a tree in order.
#[derive(Debug)]
pub struct Look {
    slot: u32,
    /// Runs below this have been returned, or were not asked for.
    from: u32,
}

impl Look {
    /// Starts at the first run at or after `page`; the root is in slot `root`.
    pub fn from(nodes: &mut impl Nodes, root: u32, page: u32) -> Self {
        let mut slot = root;
        let mut found = NONE;
        for _ in 0..MAX_HEIGHT {
            let Some(node) = nodes.node(slot) else { break };
            slot = if node.start < page {
                node.right
            } else {
                found = slot;
                node.left
            };
        }
        Self { slot: found, from: page }
    }

    /// Returns the next run; none at the end, or where the tree is corrupt.
    pub fn next(&mut self, nodes: &mut impl Nodes) -> Option<Run> {
        let node = nodes.node(self.slot)?;
        if node.start < self.from || node.state != Node::IN_TREE {
            return None;
        }
        let busy_end = node.start.checked_add(node.busy.max(1))?;
        let end = node.start.checked_add(node.busy)?.checked_add(node.free)?;
        self.from = busy_end.max(end);
        self.slot = successor(nodes, self.slot, node);
        Some(node.run())
    }
}

/// Returns the slot of the node after `node`, which is in `slot`; [`NONE`]
/// after the last one.
fn successor(nodes: &mut impl Nodes, slot: u32, node: Node) -> u32 {
    let mut below = slot;
    if node.right != NONE {
        below = node.right;
        for _ in 0..MAX_HEIGHT {
            match nodes.node(below) {
                Some(Node { left: NONE, .. }) => return below,
                Some(node) => below = node.left,
                None => break,
            }
        }
        return NONE;
    }
    let mut above = node.parent;
    for _ in 0..MAX_HEIGHT {
        let Some(node) = nodes.node(above) else { break };
        if node.left == below {
            return above;
        }
        (below, above) = (above, node.parent);
    }
    NONE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eslof::Tree;
    use proptest::prelude::*;

    impl Nodes for Vec<Node> {
        fn node(&mut self, slot: u32) -> Option<Node> {
            self.get(slot as usize).copied()
        }
    }

    fn runs(nodes: &mut Vec<Node>, root: u32, from: u32) -> Vec<Run> {
        let mut look = Look::from(nodes, root, from);
        std::iter::from_fn(|| look.next(nodes)).collect()
    }

    fn any_node() -> impl Strategy<Value = Node> {
        any::<[u8; size_of::<Node>()]>()
            .prop_map(|bytes| Node::from_bytes(&bytes))
    }

    fn plausible_node() -> impl Strategy<Value = Node> {
        let link = || prop_oneof![Just(NONE), 0..20_u32];
        (link(), link(), link(), 0..1000_u32, 0..20_u32, 0..20_u32).prop_map(
            |(left, right, parent, start, busy, free)| Node {
                left,
                right,
                parent,
                start,
                busy,
                free,
                state: Node::IN_TREE,
                ..Node::UNUSED
            },
        )
    }

    fn is_rising(runs: &[Run]) -> bool {
        runs.is_sorted_by(|a, b| a.start < b.start)
    }

    proptest! {
        #[test]
        fn a_sound_tree_shows_its_runs_from_any_page(
            steps: Vec<(bool, u8)>,
            from in 0..5000_u32,
        ) {
            let mut nodes = vec![Node::UNUSED; 400];
            let mut tree = Tree::new(&mut nodes, 0, 4096).expect("room");
            let mut starts = Vec::new();
            for (frees, number) in steps {
                if frees && !starts.is_empty() {
                    let index = usize::from(number) % starts.len();
                    let start = starts.swap_remove(index);
                    tree.free(&mut nodes, start).expect("it is busy");
                } else {
                    let pages = u32::from(number % 9) + 1;
                    let start = tree.allocate(&mut nodes, pages, 7);
                    starts.extend(start);
                }
            }
            let sound: Vec<_> = tree.runs_from(&nodes, from).collect();
            prop_assert_eq!(runs(&mut nodes, tree.root, from), sound);
        }

        #[test]
        fn a_ruined_tree_ends_and_never_goes_back(
            mut nodes in prop::collection::vec(plausible_node(), 1..20),
            root in 0..20_u32,
            from in 0..1000_u32,
        ) {
            prop_assert!(is_rising(&runs(&mut nodes, root, from)));
        }

        #[test]
        fn noise_is_survived(
            mut nodes in prop::collection::vec(any_node(), 0..20),
            root in 0..20_u32,
            from: u32,
        ) {
            prop_assert!(is_rising(&runs(&mut nodes, root, from)));
        }

        #[test]
        fn a_node_is_read_as_memory_holds_it(bytes: [u8; size_of::<Node>()]) {
            let node = Node::from_bytes(&bytes);
            let label = node.label.to_le_bytes();
            prop_assert_eq!(&bytes[12..16], &node.start.to_le_bytes());
            prop_assert_eq!(&bytes[28..32], &node.largest_right.to_le_bytes());
            prop_assert_eq!(&bytes[32..34], &label);
            prop_assert_eq!(bytes[34].cast_signed(), node.balance);
            prop_assert_eq!(bytes[35], node.state);
        }
    }
}
