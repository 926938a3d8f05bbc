//! The rules, each of which says where it is broken.

use crate::circles::{Arrows, circles};
use crate::modules::{By, Id, Import, Sources, Tree};
use crate::resolve::End;
use crate::table::Crate;
use crate::workspace::Package;
use std::collections::BTreeSet;

/// The root module: `lib.rs` or `main.rs`.
const ROOF: Id = 0;

/// Returns what is wrong with a crate's files, each as `file:line: rule`.
#[must_use]
pub fn check(house: &Crate, sources: &Sources) -> Vec<String> {
    let tree = Tree::read(sources);
    let src = format!("{}/src", house.folder);
    let unread = tree.unread.iter().map(|it| format!("{src}/{it}"));
    let mut broken: Vec<String> = unread.collect();
    broken.extend(floors_of_files(house, &tree));
    let mut arrows = Arrows::new();
    for import in &tree.imports {
        // A name that is handed on, or that has two meanings, may lead up to
        // a floor more than once.
        let mut seen = BTreeSet::new();
        for end in tree.ends(import) {
            for module in up(house, &tree, import, &end) {
                if seen.insert(floor(&tree, module)) {
                    broken.push(leads_up(house, &tree, import, module));
                }
            }
            if !hands_on_its_own(&tree, import, &end) {
                add(&mut arrows, &tree, import, &end);
            }
        }
    }
    for circle in circles(arrows.clone()) {
        let steps = circle.windows(2).map(|pair| {
            let line = arrows[&pair[0]][&pair[1]];
            format!("{src}/{}:{line}: imports {}", pair[0], pair[1])
        });
        let steps = steps.collect::<Vec<_>>().join("\n    ");
        broken.push(format!("{steps}: no files import each other in a circle"));
    }
    broken
}

/// The name of the floor that a module is on, none for the roof.
fn floor(tree: &Tree, module: Id) -> Option<&str> {
    tree.modules[module].path.first().map(String::as_str)
}

/// How high a floor is; the roof is above all.
fn height(house: &Crate, name: Option<&str>) -> Option<usize> {
    let Some(name) = name else { return Some(house.floors.len()) };
    house.floors.iter().position(|floor| floor.name == name)
}

/// A module on no floor, and a floor that is no module.
fn floors_of_files(house: &Crate, tree: &Tree) -> Vec<String> {
    let src = format!("{}/src", house.folder);
    let tops = tree.modules.iter().filter(|it| it.path.len() == 1);
    let names: BTreeSet<&str> = tops.map(|it| it.path[0].as_str()).collect();
    let without_floor =
        names.iter().filter(|name| height(house, Some(name)).is_none());
    let mut broken: Vec<String> = without_floor
        .map(|it| format!("{src}/{it}.rs:1: belongs to no floor of the table"))
        .collect();
    for floor in house.floors {
        let name = floor.name;
        if !names.contains(name) {
            broken.push(format!("{src}/{name}.rs:1: a floor without a file"));
        }
        if floor.holds.is_empty() {
            broken.push(format!("{src}/{name}.rs:1: a floor is for something"));
        }
    }
    broken
}

/// The modules above its own floor from which, or by way of which, an import
/// takes something.
fn up(house: &Crate, tree: &Tree, import: &Import, end: &End) -> Vec<Id> {
    let height = |module| height(house, floor(tree, module));
    let own = height(import.module);
    let doors = end.through.iter().filter(|door| **door != ROOF);
    let modules = doors.chain([&end.module]).copied();
    modules.filter(|it| own.is_some() && height(*it) > own).collect()
}

fn leads_up(house: &Crate, tree: &Tree, import: &Import, to: Id) -> String {
    format!(
        "{}/src/{}:{}: `{}` leads up to {}: {} is below {}, and a file uses \
         its own floor and those below",
        house.folder,
        tree.modules[import.module].file,
        import.line,
        import.path.join("::"),
        tree.modules[to].file,
        floor(tree, import.module).unwrap_or("the roof"),
        floor(tree, to).unwrap_or("the roof"),
    )
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

/// Returns what is wrong with the crates that crates are built from.
#[must_use]
pub fn check_packages(table: &[Crate], packages: &[Package]) -> Vec<String> {
    let mut broken = vec![];
    let place = |name: &str| table.iter().position(|it| it.name == name);
    for package in packages {
        let name = &package.name;
        let Some(own) = place(name) else {
            broken.push(format!("{name}/Cargo.toml:1: no crate of the table"));
            continue;
        };
        let Crate { folder, uses, tests_use, .. } = table[own];
        for (for_tests, section, used, said) in [
            (false, "dependencies]", &package.uses, uses),
            (true, "dev-dependencies]", &package.tests_use, tests_use),
        ] {
            let is_header = |line: &str| {
                let before = line.strip_suffix(section);
                before.is_some_and(|it| it.ends_with(['[', '.']))
            };
            let line = package.manifest.lines().position(is_header);
            let at = format!("{folder}/Cargo.toml:{}", line.unwrap_or(0) + 1);
            let said = said.iter().map(ToString::to_string).collect();
            for it in used.symmetric_difference(&said) {
                broken.push(format!("{at}: {it} is here or in the table only"));
            }
            let is_above = |it: &&String| {
                it.as_str() == "kernel" || !for_tests && place(it) >= Some(own)
            };
            broken.extend(used.iter().filter(is_above).map(|it| {
                format!("{at}: {name} may not be built from {it}, above it")
            }));
        }
    }
    broken
}

#[cfg(test)]
mod tests;
