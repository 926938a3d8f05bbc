//! Circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// For each file the files that it imports, each with the first line on
/// which it does.
pub type Arrows = BTreeMap<String, BTreeMap<String, usize>>;

/// Returns circles that have no file in common, the shortest first. The
/// first file of each is also its last.
#[must_use]
pub fn circles(mut arrows: Arrows) -> Vec<Vec<String>> {
    let mut circles = vec![];
    loop {
        let through = arrows.keys().filter_map(|file| through(&arrows, file));
        let Some(circle) = through.min_by_key(Vec::len) else {
            return circles;
        };
        arrows.retain(|file, _| !circle.contains(file));
        circles.push(circle);
    }
}

/// Returns a shortest circle through a file.
fn through(arrows: &Arrows, file: &String) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![file.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let next = way.last().and_then(|last| arrows.get(last));
        for to in next.into_iter().flat_map(BTreeMap::keys) {
            let longer = [way.as_slice(), std::slice::from_ref(to)].concat();
            if to == file {
                return Some(longer);
            }
            if seen.insert(to) {
                ways.push_back(longer);
            }
        }
    }
    None
}
