//! Random histories against a naive model, and the cases that are easy to
//! get wrong.

use super::check::Rule;
use super::*;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;

const FIRST: u32 = 100;

/// The same promises, kept by a sorted list of busy runs.
struct Model {
    pages: u32,
    busy: BTreeMap<u32, (u32, u16)>,
}

impl Model {
    fn new(pages: u32) -> Self {
        Self { pages, busy: BTreeMap::new() }
    }

    /// Returns the free stretches as (start, pages).
    fn gaps(&self) -> Vec<(u32, u32)> {
        let mut gaps = Vec::new();
        let mut page = FIRST;
        for (&start, &(pages, _)) in &self.busy {
            gaps.push((page, start - page));
            page = start + pages;
        }
        gaps.push((page, FIRST + self.pages - page));
        gaps.retain(|(_, pages)| *pages > 0);
        gaps
    }

    fn allocate(&mut self, pages: u32, label: u16) -> Option<u32> {
        let fits = |gap: &&(u32, u32)| gap.1 >= pages;
        let (start, _) = *self.gaps().iter().find(fits)?;
        self.busy.insert(start, (pages, label));
        Some(start)
    }

    fn reserve(&mut self, start: u32, pages: u32, label: u16) -> bool {
        let end = u64::from(start) + u64::from(pages);
        let fits = self.gaps().iter().any(|&(first, free)| {
            start >= first && end <= u64::from(first + free)
        });
        if fits {
            self.busy.insert(start, (pages, label));
        }
        fits
    }
}

/// A tree beside its model; each step checks that they agree.
struct Pair {
    tree: Tree,
    slots: Vec<Node>,
    model: Model,
}

#[derive(Clone, Debug)]
enum Step {
    Allocate { pages: u32, label: u16 },
    Reserve { offset: u32, pages: u32, label: u16 },
    Free { pick: usize },
    FreeWrong { offset: u32 },
}

impl Pair {
    fn new(pages: u32, slots: usize) -> Self {
        let mut slots = vec![Node::UNUSED; slots];
        let tree = Tree::new(&mut slots, FIRST, pages);
        let tree = tree.expect("one slot is enough");
        Self { tree, slots, model: Model::new(pages) }
    }

    fn allocate(&mut self, pages: u32, label: u16) {
        let before = self.tree;
        let spare = self.tree.spare_nodes(&self.slots);
        match self.tree.allocate(&mut self.slots, pages, label) {
            Ok(start) => {
                assert_eq!(self.model.allocate(pages, label), Some(start));
            }
            Err(Refusal::NoRoom { pages: wanted }) => {
                assert_eq!(wanted, pages);
                assert_eq!(self.model.allocate(pages, label), None);
            }
            Err(Refusal::NoSlot) => {
                assert_eq!((spare, self.tree), (0, before));
            }
            Err(refusal) => panic!("{refusal}"),
        }
        assert!(before.nodes + 1 >= self.tree.nodes);
    }

    fn reserve(&mut self, start: u32, pages: u32, label: u16) {
        let before = self.tree;
        let slots = &mut self.slots;
        match self.tree.reserve(slots, start, pages, label) {
            Ok(()) => assert!(self.model.reserve(start, pages, label)),
            Err(Refusal::NotFree { .. }) => {
                assert!(!self.model.reserve(start, pages, label));
                assert_eq!(self.tree, before);
            }
            Err(Refusal::NoSlot) => {
                let spare = self.tree.spare_nodes(&self.slots);
                assert_eq!((spare, self.tree), (0, before));
            }
            Err(refusal) => panic!("{refusal}"),
        }
    }

    fn free(&mut self, start: u32) {
        let freed = self.tree.free(&mut self.slots, start);
        let model = self.model.busy.remove(&start);
        assert_eq!(freed.ok(), model.map(|(pages, _)| pages));
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Allocate { pages, label } => self.allocate(pages, label),
            Step::Reserve { offset, pages, label } => {
                // Also below and above the range.
                let start = FIRST - 2 + offset % (self.model.pages + 4);
                self.reserve(start, pages, label);
            }
            Step::Free { pick } => {
                let count = self.model.busy.len();
                if count > 0 {
                    let nth = self.model.busy.keys().nth(pick % count);
                    self.free(*nth.expect("it is below the count"));
                }
            }
            Step::FreeWrong { offset } => {
                self.free(FIRST - 2 + offset % (self.model.pages + 4));
            }
        }
    }

    /// Checks the invariants, and every run against the model.
    fn agree(&self) {
        let slots = &self.slots;
        if let Err(violation) = self.tree.check(slots) {
            panic!("{violation}");
        }
        let busy = self.tree.runs_from(slots, 0).filter(|run| run.busy > 0);
        let model = self.model.busy.iter();
        assert!(
            busy.map(|run| (run.start, (run.busy, run.label)))
                .eq(model.map(|(start, run)| (*start, *run)))
        );
        let free = self.tree.runs_from(slots, 0).filter(|run| run.free > 0);
        assert!(
            free.map(|run| (run.first_free(), run.free)).eq(self.model.gaps())
        );
    }
}

fn step() -> impl Strategy<Value = Step> {
    let label = any::<u16>();
    prop_oneof![
        4 => (1_u32..9, label)
            .prop_map(|(pages, label)| Step::Allocate { pages, label }),
        3 => (any::<u32>(), 1_u32..6, label).prop_map(
            |(offset, pages, label)| Step::Reserve { offset, pages, label }
        ),
        5 => any::<usize>().prop_map(|pick| Step::Free { pick }),
        1 => any::<u32>().prop_map(|offset| Step::FreeWrong { offset }),
    ]
}

proptest! {
    #[test]
    fn every_history_agrees_with_the_model(
        pages in 1_u32..200,
        slots in 1_usize..60,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut pair = Pair::new(pages, slots);
        pair.agree();
        for step in &steps {
            pair.step(step);
            pair.agree();
        }
    }

    #[test]
    fn lookup_finds_what_iteration_shows(
        steps in prop::collection::vec(step(), 1..80),
        page in 0_u32..400,
    ) {
        let mut pair = Pair::new(200, 99);
        steps.iter().for_each(|step| pair.step(step));
        let slots = &pair.slots;
        let mut all = pair.tree.runs_from(slots, 0);
        let covering = all.find(|run| run.start <= page && page < run.end());
        prop_assert_eq!(pair.tree.lookup(slots, page), covering);
        let all = pair.tree.runs_from(slots, 0);
        let later = all.filter(|run| run.start >= page);
        prop_assert!(pair.tree.runs_from(slots, page).eq(later));
    }
}

/// A small generator, so that long histories are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as u32 % limit
    }
}

#[test]
fn long_histories_keep_every_promise_after_every_step() {
    for seed in 1..=8 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.rotate_left(seed));
        let mut pair = Pair::new(1500, 400);
        for round in 0..3000 {
            // Slow tides, so that the tree is both tall and nearly empty.
            let filling = round / 300 % 2 == 0;
            let label = random.below(1 << 16) as u16;
            let step = match random.below(10) {
                0 => Step::Reserve {
                    offset: random.below(2000),
                    pages: 1 + random.below(4),
                    label,
                },
                n if (n < 7) == filling => {
                    Step::Allocate { pages: 1 + random.below(6), label }
                }
                _ => Step::Free { pick: random.below(1 << 20) as usize },
            };
            pair.step(&step);
            pair.agree();
        }
    }
}

impl Slots for Vec<Node> {
    fn capacity(&self) -> u32 {
        self.len() as u32
    }

    fn node(&self, slot: u32) -> &Node {
        &self[slot as usize]
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        &mut self[slot as usize]
    }
}

/// Nodes that count how often they are looked at.
struct Counted {
    nodes: Vec<Node>,
    looks: Cell<u32>,
}

impl Slots for Counted {
    fn capacity(&self) -> u32 {
        Slots::capacity(&self.nodes)
    }

    fn node(&self, slot: u32) -> &Node {
        self.looks.set(self.looks.get() + 1);
        self.nodes.node(slot)
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        self.looks.set(self.looks.get() + 1);
        self.nodes.node_mut(slot)
    }
}

/// 16 times as many nodes take 4 more steps on each way through the tree,
/// and no operation goes through it more than a few times.
#[test]
fn no_operation_looks_at_more_than_a_few_logarithms_of_the_nodes() {
    for log in [8, 12, 16] {
        let nodes = vec![Node::UNUSED; (1 << log) + 8];
        let mut slots = Counted { nodes, looks: Cell::new(0) };
        let mut tree = Tree::new(&mut slots, 0, 4 << log).expect("room");
        for run in 0..1 << log {
            tree.reserve(&mut slots, 4 * run, 1 + run % 3, 0).expect("free");
        }
        assert_eq!(tree.nodes, 1 << log);
        let mut random = Random(0x5EED);
        for _ in 0..2000 {
            let run = random.below(1 << log);
            let (start, pages) = (4 * run, 1 + run % 3);
            let looks = |slots: &Counted| {
                assert!(slots.looks.replace(0) <= 40 * log, "of 2^{log}");
            };
            slots.looks.set(0);
            assert_eq!(tree.free(&mut slots, start), Ok(pages));
            looks(&slots);
            assert_eq!(tree.reserve(&mut slots, start, pages, 0), Ok(()));
            looks(&slots);
            let wanted = 1 + random.below(3);
            let got = tree.allocate(&mut slots, wanted, 0).expect("a gap");
            looks(&slots);
            assert_eq!(tree.free(&mut slots, got), Ok(wanted));
            looks(&slots);
        }
    }
}

/// The original of this algorithm gave the new left child a balance of +1
/// here, after which its trees slowly degenerated.
#[test]
fn a_double_rotation_after_a_free_on_the_right_leaves_the_left_child_leaning_left()
 {
    // Rows of the tree before: 50, 20 60, 0 30 70, 40. Each node is its
    // first page; 20 leans to 30, and 30 to 40.
    let mut pair = Pair::new(100, 9);
    for offset in [20, 50, 30, 60, 70, 40] {
        pair.reserve(FIRST + offset, 1, 0);
    }
    let balance = |pair: &Pair, offset| {
        let slot = pair.tree.slot_of(&pair.slots, FIRST + offset);
        pair.slots[slot.expect("it is in the range") as usize].balance
    };
    let root = |pair: &Pair| pair.slots[pair.tree.root as usize].start;
    assert_eq!(root(&pair), FIRST + 50);
    assert_eq!([50, 20, 30].map(|offset| balance(&pair, offset)), [-1, 1, 1]);

    pair.free(FIRST + 70);

    assert_eq!(root(&pair), FIRST + 30);
    assert_eq!(balance(&pair, 20), -1);
    pair.agree();
}

#[test]
fn a_node_with_two_children_takes_its_neighbours_label_along() {
    let mut pair = Pair::new(100, 9);
    for (offset, label) in [(20, 1), (50, 2), (30, 3), (60, 4), (70, 5)] {
        pair.reserve(FIRST + offset, 1, label);
    }
    for offset in [50, 20, 60, 30] {
        pair.free(FIRST + offset);
        pair.agree();
    }
}

#[test]
fn the_head_of_a_free_range_is_reserved_without_another_node() {
    let mut pair = Pair::new(10, 1);
    pair.reserve(FIRST, 4, 7);
    assert_eq!(pair.tree.nodes, 1);
    pair.agree();
    pair.reserve(FIRST + 4, 1, 8);
    assert!(pair.tree.lookup(&pair.slots, FIRST + 4).is_some());
    pair.free(FIRST);
    pair.reserve(FIRST, 10, 9);
    assert_eq!(pair.tree.free_pages, 0);
    pair.agree();
}

#[test]
fn a_full_array_refuses_and_goes_on_once_it_has_grown() {
    let mut pair = Pair::new(50, 2);
    pair.allocate(3, 1);
    pair.allocate(3, 2);
    assert_eq!(pair.tree.spare_nodes(&pair.slots), 0);
    let refused = pair.tree.allocate(&mut pair.slots, 3, 3);
    assert_eq!(refused, Err(Refusal::NoSlot));
    pair.slots.push(Node::UNUSED);
    assert_eq!(pair.tree.spare_nodes(&pair.slots), 1);
    pair.allocate(3, 3);
    pair.agree();
}

#[test]
fn slots_come_back() {
    let mut pair = Pair::new(50, 3);
    for round in 0..1000 {
        pair.reserve(FIRST + 10, 5, round);
        pair.reserve(FIRST + 20, 5, round);
        pair.free(FIRST + 10);
        pair.free(FIRST + 20);
    }
    assert_eq!((pair.tree.nodes, pair.tree.high_water), (1, 3));
    pair.agree();
}

#[test]
fn a_range_must_have_pages_and_an_end() {
    let mut slots = [Node::UNUSED; 1];
    let new = |mut slots: &mut [Node], first, pages| {
        Tree::new(&mut slots, first, pages).map(|tree| tree.free_pages)
    };
    assert_eq!(new(&mut slots, 5, 0), Err(Refusal::Empty));
    assert_eq!(new(&mut [], 5, 1), Err(Refusal::NoSlot));
    assert_eq!(
        new(&mut slots, u32::MAX, 1),
        Err(Refusal::NotFree { start: u32::MAX, pages: 1 })
    );
    assert_eq!(new(&mut slots, 0, u32::MAX), Ok(u32::MAX));
}

#[test]
fn a_request_near_the_end_of_numbers_is_refused() {
    let mut pair = Pair::new(10, 3);
    pair.reserve(FIRST + 9, u32::MAX, 0);
    pair.reserve(u32::MAX, 1, 0);
    pair.allocate(u32::MAX, 0);
    let nothing = pair.tree.allocate(&mut pair.slots, 0, 0);
    assert_eq!(nothing, Err(Refusal::Empty));
    pair.agree();
}

/// The checker is what the other tests rely on, so it must see damage.
#[test]
fn the_checker_names_each_broken_promise() {
    let mut sound = Pair::new(100, 12);
    for offset in [20, 50, 30, 60, 70, 40] {
        sound.reserve(FIRST + offset, 1, 0);
    }
    sound.free(FIRST + 70);
    sound.agree();
    let root = sound.tree.root as usize;
    let damaged = |damage: fn(&mut Tree, &mut [Node], usize)| {
        let (mut tree, mut slots) = (sound.tree, sound.slots.clone());
        damage(&mut tree, &mut slots, root);
        tree.check(&slots).expect_err("damage shows").rule
    };
    assert_eq!(damaged(|t, _, _| t.magic += 1), Rule::Record);
    assert_eq!(damaged(|t, _, _| t.high_water = 99), Rule::Slots);
    assert_eq!(damaged(|t, _, _| t.free_list = NONE), Rule::Slots);
    assert_eq!(damaged(|t, _, _| t.free_pages -= 1), Rule::Counters);
    assert_eq!(damaged(|t, _, _| t.nodes -= 1), Rule::Counters);
    assert_eq!(damaged(|t, _, _| t.root = NONE), Rule::Links);
    assert_eq!(damaged(|_, s, r| s[r].parent = 1), Rule::Links);
    assert_eq!(damaged(|_, s, r| s[r].left = s[r].right), Rule::Links);
    assert_eq!(damaged(|_, s, r| s[r].state = 2), Rule::Links);
    assert_eq!(damaged(|_, s, r| s[r].start += 1), Rule::Tiling);
    assert_eq!(damaged(|_, s, r| s[r].free += 1), Rule::Tiling);
    assert_eq!(damaged(|_, s, r| s[r].free = u32::MAX), Rule::Tiling);
    assert_eq!(damaged(|_, s, r| s[r].balance += 1), Rule::Balance);
    assert_eq!(damaged(|_, s, r| s[r].largest_left += 1), Rule::Largest);
    assert_eq!(
        damaged(|_, s, r| {
            s[r].free += s[r].busy;
            s[r].busy = 0;
        }),
        Rule::Busy
    );
}
