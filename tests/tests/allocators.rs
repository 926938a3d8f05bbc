//! What host-cli says of the Hifi-Eslöf trees is what their nodes in memory
//! hold, and the trees are sound: decoded here by code that shares nothing with
//! the system.
//!
//! Spec: `virtual-memory.md`, rows at 0x00400000 and 0x02800000.

use serde_json::Value;
use std::collections::BTreeMap;
use tests::clients::host_cli::{self, address};
use tests::machine::Setup;
use tests::scenes::moment::Moment;

/// The tree of frames begins the row of all tasks, that of global memory is
/// 24 MiB on; a process' tree has its record first, and nodes from the next
/// page on.
const FRAMES: u32 = 0x0280_0000;
const GLOBAL: u32 = 0x0400_0000;
const GLOBAL_END: u32 = 0x0500_0000;
const PROCESS: u32 = 0x0040_0000;
const PROCESS_END: u32 = 0x0200_0000;

const NODE_BYTES: usize = 36;
/// The state of a slot that is part of the tree.
const IN_TREE: u8 = 1;
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Node {
    left: u32,
    right: u32,
    parent: u32,
    start: u32,
    busy: u32,
    free: u32,
    largest_left: u32,
    largest_right: u32,
    label: u16,
    balance: i8,
}

/// The nodes that are part of a tree, by slot.
type Tree = BTreeMap<u32, Node>;

/// Decodes an array of nodes.
fn tree(bytes: &[u8]) -> Tree {
    let slots = (0..).zip(bytes.chunks_exact(NODE_BYTES));
    let used = slots.filter(|(_, raw)| raw[35] == IN_TREE);
    let node = |(slot, raw): (u32, &[u8])| {
        let word = |index: usize| {
            let bytes = &raw[4 * index..][..4];
            u32::from_le_bytes(bytes.try_into().expect("four"))
        };
        let node = Node {
            left: word(0),
            right: word(1),
            parent: word(2),
            start: word(3),
            busy: word(4),
            free: word(5),
            largest_left: word(6),
            largest_right: word(7),
            label: u16::from_le_bytes([raw[32], raw[33]]),
            balance: raw[34].cast_signed(),
        };
        (slot, node)
    };
    used.map(node).collect()
}

/// Returns the height of the subtree and the most free pages of a node in it;
/// an error says what is unsound there.
fn sound(
    tree: &Tree,
    slot: u32,
    parent: u32,
    in_order: &mut Vec<Node>,
) -> Result<(i32, u32), String> {
    if slot == NONE {
        return Ok((0, 0));
    }
    let node = *tree.get(&slot).ok_or(format!("slot {slot} is no node"))?;
    let wrong = |what: &str| Err(format!("slot {slot}, {what}: {node:?}"));
    if node.parent != parent {
        return wrong("its parent");
    }
    if in_order.len() > tree.len() {
        return wrong("a circle");
    }
    let (left, most_left) = sound(tree, node.left, slot, in_order)?;
    in_order.push(node);
    let (right, most_right) = sound(tree, node.right, slot, in_order)?;
    let balance = right - left;
    match () {
        () if i32::from(node.balance) != balance => wrong("its balance"),
        () if balance.abs() > 1 => wrong("not balanced"),
        () if node.largest_left != most_left => wrong("largest on the left"),
        () if node.largest_right != most_right => wrong("largest on the right"),
        () => {
            Ok((1 + left.max(right), node.free.max(most_left).max(most_right)))
        }
    }
}

/// Returns the nodes in order of their pages; an error says what is unsound.
fn in_order(tree: &Tree) -> Result<Vec<Node>, String> {
    let roots: Vec<_> =
        tree.iter().filter(|(_, node)| node.parent == NONE).collect();
    let [(root, _)] = roots[..] else {
        return Err(format!("{} roots", roots.len()));
    };
    let mut all = Vec::new();
    sound(tree, *root, NONE, &mut all)?;
    if all.len() != tree.len() {
        return Err(format!("{} nodes of {} hang", all.len(), tree.len()));
    }
    for pair in all.windows(2) {
        if pair[0].start + pair[0].busy + pair[0].free != pair[1].start {
            return Err(format!("a gap or an overlap: {pair:?}"));
        }
        if pair[1].busy == 0 {
            return Err(format!("free runs side by side: {pair:?}"));
        }
    }
    Ok(all)
}

/// Asserts that a tree is sound and is what host-cli tells.
fn assert_is_told(tree: &Tree, told: &Value) {
    let nodes = in_order(tree).expect("it is sound");
    let number = |value: &Value| value.as_u64().expect("a number") as u32;
    let runs = told["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), nodes.len(), "{told}");
    let mut labels = BTreeMap::new();
    for (node, run) in nodes.iter().zip(runs) {
        let [start, busy, free] =
            ["start", "busy", "free"].map(|name| number(&run[name]));
        assert_eq!((node.start, node.busy, node.free), (start, busy, free));
        // One label, one name.
        let name = labels.entry(node.label).or_insert(&run["label"]);
        assert_eq!(*name, &run["label"], "{node:?}");
    }
    let sum = |of: fn(&Node) -> u32| nodes.iter().map(of).sum::<u32>();
    assert_eq!(number(&told["busy"]), sum(|node| node.busy));
    assert_eq!(number(&told["free"]), sum(|node| node.free));
    let largest = nodes.iter().map(|node| node.free).max();
    assert_eq!(Some(number(&told["largest_free"])), largest);
}

#[test]
fn the_trees_are_sound_and_told_as_they_are() {
    let mut machine = Setup::demo().boot();
    let tasks = host_cli::whole_demo(machine.endpoint());
    let moment = Moment::take(
        &mut machine,
        &[
            &["threads"],
            &["allocator", "frames"],
            &["allocator", "global"],
            &["allocator", "process:2"],
            &["allocator", "process:5"],
        ],
    );
    let [threads, frames, global, processes @ ..] = &moment.answers[..] else {
        panic!("as many answers as questions");
    };
    assert_eq!(threads.rows("threads").len(), tasks.len());
    let here = moment.directory();
    let of_frames = tree(&moment.bytes(here, FRAMES, GLOBAL));
    assert!(of_frames.len() > 20, "{}", of_frames.len());
    assert_is_told(&of_frames, frames.member("allocator"));
    let of_global = tree(&moment.bytes(here, GLOBAL, GLOBAL_END));
    assert!(of_global.len() > 5, "{}", of_global.len());
    assert_is_told(&of_global, global.member("allocator"));
    for (id, answer) in [2, 5].into_iter().zip(processes) {
        let mut all = threads.rows("threads").iter();
        let task = all.find(|task| task["process"] == id);
        let directory = address(&task.expect("it runs")["cr3"]);
        let magic = moment.word(directory, PROCESS).to_le_bytes();
        assert_eq!(&magic, b"ESLF");
        let nodes = moment.bytes(directory, PROCESS + 0x1000, PROCESS_END);
        let of_process = tree(&nodes);
        assert!(of_process.len() > 3, "{}", of_process.len());
        assert_is_told(&of_process, answer.member("allocator"));
    }
    // Each field of a node, changed, is noticed.
    let (&slot, _) = of_frames
        .iter()
        .find(|(_, node)| node.left != NONE && node.right != NONE)
        .expect("some node has both children");
    let changes: [fn(&mut Node); 9] = [
        |node| node.left = node.right,
        |node| node.right = NONE,
        |node| node.parent ^= 1,
        |node| node.start += 1,
        |node| node.busy += 1,
        |node| node.free += 1,
        |node| node.largest_left += 1,
        |node| node.largest_right += 1,
        |node| node.balance += 1,
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = of_frames.clone();
        change(changed.get_mut(&slot).expect("it is there"));
        assert!(in_order(&changed).is_err(), "change {number}");
    }
}
