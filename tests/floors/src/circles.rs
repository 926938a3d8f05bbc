//! Circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// For each file the files that it imports, each with the first line on
/// which it does.
pub type Arrows = BTreeMap<String, BTreeMap<String, usize>>;

/// Returns the sets of two and more files each of which leads to all others
/// of its set.
#[must_use]
pub fn knots(arrows: &Arrows) -> Vec<BTreeSet<String>> {
    let reach = |from: &String| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(file) = next.pop() {
            for to in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(to.clone()) {
                    next.push(to);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<_, _> =
        arrows.keys().map(|file| (file, reach(file))).collect();
    let knots: BTreeSet<BTreeSet<String>> = reached
        .iter()
        .filter(|(file, all)| all.contains(**file))
        .map(|(file, all)| {
            let ties = |it: &&String| {
                reached.get(it).is_some_and(|back| back.contains(*file))
            };
            all.iter().filter(ties).cloned().collect()
        })
        .collect();
    knots.into_iter().collect()
}

/// Returns a shortest circle through a knot, its first file also last.
#[must_use]
pub fn shortest(arrows: &Arrows, knot: &BTreeSet<String>) -> Vec<String> {
    let through = |start: &String| {
        let mut ways = VecDeque::from([vec![start.clone()]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            let next = way.last().and_then(|last| arrows.get(last));
            for to in next.into_iter().flat_map(BTreeMap::keys) {
                let longer =
                    [way.as_slice(), std::slice::from_ref(to)].concat();
                if to == start {
                    return Some(longer);
                }
                if seen.insert(to) {
                    ways.push_back(longer);
                }
            }
        }
        None
    };
    knot.iter().filter_map(through).min_by_key(Vec::len).unwrap_or_default()
}
