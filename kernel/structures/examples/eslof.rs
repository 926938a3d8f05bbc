//! How fast Hifi-Eslöf is, and how that grows with the number of nodes.
//!
//! ```text
//! cargo run --release -p structures --example eslof
//! ```
//!
//! Beside the time, which also depends on the machine's caches, it prints how
//! many nodes an operation reads, which depends on the algorithm alone.

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};
use structures::eslof::{Node, Slots, Tree};

const SIZES: [u32; 7] =
    [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 700_000];
/// How long each figure is measured.
const AT_LEAST: Duration = Duration::from_millis(300);
/// Operations between two checks of the clock.
const BATCH: u32 = 1000;
/// The longest free stretch, in pages.
const LONGEST_GAP: u32 = 8;
const SEED: u64 = 0x5EED_0E51;

fn main() {
    println!("seed {SEED:#x}; per operation:");
    println!(
        "{:>8} {:>7}  {:>22}  {:>22}  {:>22}",
        "", "", "free and reserve", "allocate and free", "look up"
    );
    println!(
        "{0:>8} {1:>7}  {2:>11} {0:>10}  {2:>11} {0:>10}  {2:>11} {0:>10}",
        "nodes", "growth", "per second",
    );
    let mut first = None;
    for size in SIZES {
        let mut forest = Forest::grow(size);
        let figures = [
            measure(&mut forest, Forest::free_and_reserve),
            measure(&mut forest, Forest::allocate_and_free),
            measure(&mut forest, Forest::look_up),
        ];
        let log = f64::from(size).log2();
        print!("{size:>8} {:>7.2}", log / *first.get_or_insert(log));
        for Figure { per_second, nodes } in figures {
            print!("  {per_second:>11.0} {nodes:>10.1}");
        }
        println!();
    }
    println!("growth: of the nodes' logarithm, since the first line");
}

/// Nodes that count how often they are read.
struct Counted {
    nodes: Vec<Node>,
    looks: Cell<u64>,
}

impl Counted {
    fn look(&self) {
        self.looks.set(self.looks.get() + 1);
    }
}

impl Slots for Counted {
    fn capacity(&self) -> u32 {
        self.nodes.len() as u32
    }

    fn node(&self, slot: u32) -> &Node {
        self.look();
        &self.nodes[slot as usize]
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        self.look();
        &mut self.nodes[slot as usize]
    }
}

/// A tree of busy single pages with free stretches of many lengths between.
struct Forest {
    tree: Tree,
    slots: Counted,
    busy: Vec<u32>,
    random: u64,
}

impl Forest {
    fn grow(nodes: u32) -> Self {
        let slots = nodes + 16;
        let nodes_of = vec![Node::UNUSED; slots as usize];
        let mut slots = Counted { nodes: nodes_of, looks: Cell::new(0) };
        let pages = nodes * (LONGEST_GAP + 1);
        let tree = Tree::new(&mut slots, 0, pages).expect("room for a node");
        let busy = Vec::with_capacity(nodes as usize);
        let mut forest = Self { tree, slots, busy, random: SEED };
        let mut page = 0;
        for _ in 0..nodes {
            let Self { tree, slots, busy, .. } = &mut forest;
            tree.reserve(slots, page, 1, 1).expect("the page is free");
            busy.push(page);
            page += 2 + forest.below(LONGEST_GAP);
        }
        assert_eq!(forest.tree.nodes, nodes, "a node for each busy page");
        forest
    }

    /// Returns a number below `limit`; xorshift, so that runs are alike.
    fn below(&mut self, limit: u32) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (((self.random >> 32) * u64::from(limit)) >> 32) as u32
    }

    fn any_busy(&mut self) -> u32 {
        let index = self.below(self.busy.len() as u32);
        self.busy[index as usize]
    }

    fn free_and_reserve(&mut self) {
        let page = self.any_busy();
        let Self { tree, slots, .. } = self;
        tree.free(slots, page).expect("it is busy");
        tree.reserve(slots, page, 1, 1).expect("it is free");
    }

    fn allocate_and_free(&mut self) {
        let pages = 1 + self.below(LONGEST_GAP);
        let Self { tree, slots, .. } = self;
        let page = tree.allocate(slots, pages, 1).expect("a gap is that long");
        tree.free(slots, page).expect("it is busy");
    }

    fn look_up(&mut self) {
        let page = self.any_busy();
        black_box(self.tree.lookup(&self.slots, page)).expect("in the range");
        let page = self.any_busy();
        black_box(self.tree.lookup(&self.slots, page)).expect("in the range");
    }
}

struct Figure {
    per_second: f64,
    nodes: f64,
}

/// Measures `pair`, which does two operations.
fn measure(forest: &mut Forest, pair: fn(&mut Forest)) -> Figure {
    forest.slots.looks.set(0);
    let began = Instant::now();
    let mut operations = 0.0;
    while began.elapsed() < AT_LEAST {
        for _ in 0..BATCH {
            pair(forest);
        }
        operations += 2.0 * f64::from(BATCH);
    }
    let seconds = began.elapsed().as_secs_f64();
    let looks = forest.slots.looks.get() as f64;
    Figure { per_second: operations / seconds, nodes: looks / operations }
}
