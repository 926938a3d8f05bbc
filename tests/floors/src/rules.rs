//! The rules, each of which says where it is broken.

use crate::circles::{Arrows, knots, shortest};
use crate::modules::{By, Id, Import, Sources, Tree};
use crate::resolve::End;
use crate::table::{Crate, UNCUT};
use crate::workspace::Package;
use std::collections::BTreeSet;

/// The root module: `lib.rs` or `main.rs`.
const ROOF: Id = 0;

/// Returns what is wrong with a crate's files, each as `file:line: rule`.
#[must_use]
pub fn check(house: &Crate, sources: &Sources) -> Vec<String> {
    let tree = Tree::read(sources);
    let src = format!("{}/src/", house.folder);
    let mut broken: Vec<String> =
        tree.unread.iter().map(|it| format!("{src}{it}")).collect();
    broken.extend(floors_of_files(house, &tree));
    let mut arrows = Arrows::new();
    for import in &tree.imports {
        let mut seen = BTreeSet::new();
        for end in tree.ends(import) {
            // One import of a name that has two meanings is told once.
            let above = above(house, &tree, import, &end);
            broken.extend(above.filter(|it| seen.insert(it.clone())));
            if !hands_on_its_own(&tree, import, &end) {
                add(&mut arrows, &tree, import, &end);
            }
        }
    }
    if house.floors.iter().any(|floor| floor.name == UNCUT) {
        broken.clear();
    }
    broken.extend(circles(house, &arrows));
    broken
}

/// The name of the floor that a module is on, none for the roof.
fn floor(tree: &Tree, module: Id) -> Option<&str> {
    tree.modules[module].path.first().map(String::as_str)
}

/// How high a floor is; the roof is above all.
fn height(house: &Crate, name: Option<&str>) -> Option<usize> {
    let Some(name) = name else { return Some(house.floors.len()) };
    let mut floors = house.floors.iter();
    floors.position(|floor| floor.name == name || floor.name == UNCUT)
}

/// A module on no floor, and a floor that is no module.
fn floors_of_files(house: &Crate, tree: &Tree) -> Vec<String> {
    let folder = house.folder;
    let mut broken = vec![];
    let tops = tree.modules.iter().filter(|it| it.path.len() == 1);
    let names: BTreeSet<&str> = tops.map(|it| it.path[0].as_str()).collect();
    for name in &names {
        if height(house, Some(name)).is_none() {
            broken.push(format!(
                "{folder}/src/{name}.rs:1: belongs to no floor of the table"
            ));
        }
    }
    for floor in house.floors {
        if floor.name != UNCUT && !names.contains(floor.name) {
            let name = floor.name;
            broken.push(format!("{folder}: the floor {name} has no file"));
        }
        if floor.holds.is_empty() {
            let name = floor.name;
            broken
                .push(format!("{folder}: the floor {name} says not what for"));
        }
    }
    broken
}

/// What an import takes from above its own floor, or by way of above.
fn above<'a>(
    house: &'a Crate,
    tree: &'a Tree,
    import: &'a Import,
    end: &'a End,
) -> impl Iterator<Item = String> {
    let own = floor(tree, import.module);
    let doors = end.through.iter().filter(|door| **door != ROOF);
    doors.chain([&end.module]).filter_map(move |module| {
        let other = floor(tree, *module);
        if height(house, other)? <= height(house, own)? {
            return None;
        }
        Some(format!(
            "{}/src/{}:{}: `{}` leads up to {}: the floor {} is below {}",
            house.folder,
            tree.modules[import.module].file,
            import.line,
            import.path.join("::"),
            tree.modules[*module].file,
            own.unwrap_or("roof"),
            other.map_or("the roof".into(), |it| format!("the floor {it}")),
        ))
    })
}

/// A door that hands on a name of its own rooms is not thereby tied to them.
fn hands_on_its_own(tree: &Tree, import: &Import, end: &End) -> bool {
    import.by == By::HandingOn
        && end
            .through
            .iter()
            .chain([&end.module])
            .any(|module| tree.is_inside(*module, import.module))
}

fn add(arrows: &mut Arrows, tree: &Tree, import: &Import, end: &End) {
    let from = &tree.modules[import.module].file;
    let to = &tree.modules[end.module].file;
    if from != to {
        let arrows = arrows.entry(from.clone()).or_default();
        arrows.entry(to.clone()).or_insert(import.line);
    }
}

fn circles(house: &Crate, arrows: &Arrows) -> Vec<String> {
    let folder = house.folder;
    let mut broken = vec![];
    let mut knots = knots(arrows);
    if let Some(exception) = &house.exception {
        let files = exception.files.iter().map(ToString::to_string).collect();
        match knots.iter().position(|knot| *knot == files) {
            Some(place) => drop(knots.remove(place)),
            None => broken.push(format!(
                "{folder}: the exception is stale: {} are no circle",
                exception.files.join(", ")
            )),
        }
    }
    let files: usize = knots.iter().map(BTreeSet::len).sum();
    if files != house.in_circles {
        broken.push(format!(
            "{folder}: {files} files are in circles, but the table says {}",
            house.in_circles
        ));
    }
    if files > house.in_circles {
        broken.extend(knots.iter().map(|knot| circle(house, arrows, knot)));
    }
    broken
}

fn circle(house: &Crate, arrows: &Arrows, knot: &BTreeSet<String>) -> String {
    let files = shortest(arrows, knot);
    let folder = house.folder;
    let steps = files.windows(2).map(|pair| {
        let line = arrows[&pair[0]][&pair[1]];
        format!("{folder}/src/{}:{line}: imports {}", pair[0], pair[1])
    });
    let rule = format!("{} files import each other in a circle", knot.len());
    format!("{}\n    {rule}", steps.collect::<Vec<_>>().join("\n    "))
}

/// Returns what is wrong with the crates that crates are built from.
#[must_use]
pub fn check_packages(table: &[Crate], packages: &[Package]) -> Vec<String> {
    let mut broken = vec![];
    let names: Vec<&str> = table.iter().map(|it| it.name).collect();
    for package in packages {
        let name = &package.name;
        let Some(place) = names.iter().position(|it| it == name) else {
            broken.push(format!("{name}: is no crate of the table"));
            continue;
        };
        let house = &table[place];
        let file = format!("{}/Cargo.toml", house.folder);
        for (section, used, said) in [
            ("dependencies", &package.uses, house.uses),
            ("dev-dependencies", &package.tests_use, house.tests_use),
        ] {
            let said = said.iter().map(ToString::to_string).collect();
            if *used != said {
                broken.push(format!(
                    "{file}: [{section}] has {used:?}, the table {said:?}"
                ));
            }
        }
        let not_below = |it: &&String| !names[..place].contains(&it.as_str());
        broken.extend(package.uses.iter().filter(not_below).map(|it| {
            format!("{file}: {name} may not be built from {it}, above it")
        }));
        if package.tests_use.contains("kernel") {
            broken.push(format!("{file}: nothing depends on kernel"));
        }
    }
    broken
}

#[cfg(test)]
mod tests;
