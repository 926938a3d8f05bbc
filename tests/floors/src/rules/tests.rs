//! Planted imports: each kind that breaks a rule, and their good likes.

use super::*;
use crate::table::Floor;

const HOUSE: Crate = Crate {
    name: "house",
    folder: "house",
    holds: "three floors",
    uses: &[],
    tests_use: &[],
    floors: &[
        Floor { name: "cellar", holds: "what all stand on" },
        Floor { name: "hall", holds: "the way through" },
        Floor { name: "attic", holds: "the view" },
    ],
};

/// Every file of a house without faults; `files` replace or join them.
fn sources(files: &[(&str, &str)]) -> Sources {
    let whole = [
        ("lib.rs", "mod attic; mod cellar; mod hall; pub use attic::View;"),
        ("cellar.rs", "pub mod coal; pub struct Stone; fn kind<T>() {}"),
        ("cellar/coal.rs", "pub struct Coal; pub fn coal() {}"),
        ("hall.rs", "mod door; pub use door::{Door, open as unlock};"),
        (
            "hall/door.rs",
            "use crate::cellar::Stone; pub struct Door(Stone); pub fn open() {}",
        ),
        (
            "attic.rs",
            "use super::{cellar::*, hall}; pub struct View(hall::Door, Stone);",
        ),
    ];
    let all = whole.iter().chain(files);
    all.map(|(file, text)| (file.to_string(), text.to_string())).collect()
}

fn broken(files: &[(&str, &str)]) -> String {
    check(&HOUSE, &sources(files)).join("\n")
}

#[test]
fn a_house_in_order_has_nothing_to_say() {
    assert_eq!(broken(&[]), "");
}

#[test]
fn what_leads_up_is_named_by_line_and_floors() {
    assert_eq!(
        broken(&[("cellar/coal.rs", "\n\nuse crate::hall::Door;")]),
        "house/src/cellar/coal.rs:3: `crate::hall::Door` leads up to \
         hall.rs: cellar is below hall, and a file uses its own floor and \
         those below"
    );
}

#[test]
fn an_import_that_leads_up_is_found_wherever_it_is_written() {
    for text in [
        "use crate::attic::View;",
        "use crate::{cellar::Stone, attic::{View as Far}};",
        "use crate::attic::*;",
        "use crate::attic;",
        "use super::super::attic::View;",
        "use crate::View;",
        "use crate::View as _;",
        "pub use crate::attic::View;",
        "fn look() { use crate::attic::View; }",
        "fn look() -> usize { size_of::<crate::attic::View>() }",
        "fn look(it: Of<super::super::attic::View>) {}",
        "fn look(it: X) { if let crate::attic::View(..) = it {} }",
        "impl crate::attic::Look for X {}",
        "fn look() { println!(\"{}\", [crate::attic::SIZE]) }",
        "macro_rules! look { () => { $crate::attic::look() } }",
        "crate::attic::look!();",
        "#[arg(value_parser = crate::attic::look)] struct X;",
        "mod inner { use super::super::super::attic::View; }",
        "#[cfg(unix)] use crate::attic::View;",
    ] {
        let said = broken(&[("cellar/coal.rs", text)]);
        let what = "cellar is below attic";
        assert!(said.contains("coal.rs:1: `") && said.contains(what), "{text}");
    }
}

#[test]
fn what_leads_up_by_way_of_others_is_found() {
    let view = "pub struct View; pub mod far { pub struct Hill; }";
    for door in [
        "pub use crate::attic::View;",
        "pub use crate::attic::*;",
        "pub use crate::attic as view; pub use view::View;",
        "mod door; pub use door::*;",
    ] {
        let said = broken(&[
            ("attic.rs", view),
            ("hall.rs", door),
            ("hall/door.rs", "pub(crate) use crate::attic::View;"),
            ("cellar.rs", "use crate::hall::View;"),
            ("cellar/coal.rs", ""),
        ]);
        let what = "cellar.rs:1: `crate::hall::View` leads up to attic.rs";
        assert!(said.contains(what), "{door}: {said}");
    }
    let said = broken(&[
        ("cellar.rs", "pub mod coal; use coal::*; struct Stone(View);"),
        ("cellar/coal.rs", "\npub(crate) use crate::attic::View;"),
    ]);
    assert!(said.contains("cellar.rs:1: `View` leads up to attic.rs"));
    assert!(said.contains("coal.rs:2: `crate::attic::View` leads up"));
}

#[test]
fn what_does_not_lead_up_passes() {
    for text in [
        "use crate::cellar::coal::Coal;",
        "use super::super::cellar::Stone as Rock;",
        "use attic::View; use ::attic::Other; fn look() { attic::look() }",
        "fn f(attic: u32) -> u32 { let View = attic; attic + 1 }",
        "#[cfg(test)] mod tests { use crate::attic::View; }",
        "#[cfg(all(test, unix))] use crate::attic::View;",
        "struct X; impl X { #[cfg(test)] fn f() { crate::attic::f() } }",
        "/// See [`crate::attic::View`]. \npub(in crate::hall) struct X;",
        "const X: &str = \"crate::attic::View\"; // crate::attic::View",
    ] {
        let said = broken(&[
            ("hall/porch.rs", text),
            ("hall.rs", "pub mod porch; mod door; pub use door::Door;"),
        ]);
        assert_eq!(said, "", "{text}");
    }
}

#[test]
fn the_roof_is_above_all_but_what_it_hands_on_is_not() {
    let roof = "mod attic; mod cellar; mod hall; pub use cellar::Stone;
        pub struct Tile;";
    let hall = |import| broken(&[("lib.rs", roof), ("hall/door.rs", import)]);
    assert_eq!(hall("pub use crate::Stone as Door; pub fn open() {}"), "");
    let said = hall("use crate::Tile; pub struct Door; pub fn open() {}");
    assert!(said.contains("hall is below the roof"), "{said}");
}

#[test]
fn two_files_in_a_circle_are_told_with_the_line_of_each_arrow() {
    assert_eq!(
        broken(&[
            (
                "hall.rs",
                "mod door; pub use door::Door;\nfn f() { door::ring() }"
            ),
            (
                "hall/door.rs",
                "\n\nuse super::f; pub struct Door; pub fn ring() {}"
            ),
        ]),
        "house/src/hall.rs:2: imports hall/door.rs\n    \
         house/src/hall/door.rs:3: imports hall.rs: \
         no files import each other in a circle"
    );
}

#[test]
fn the_shortest_circle_is_told_of_three_files_and_more() {
    let files = [
        ("cellar.rs", "mod a; mod b; mod c; mod d; pub struct Stone;"),
        ("cellar/a.rs", "use super::b::*; use super::d::X;"),
        ("cellar/b.rs", "fn f() { super::c::f() }"),
        ("cellar/c.rs", "pub use crate::cellar::a;"),
        ("cellar/d.rs", "use super::b; pub struct X;"),
    ];
    let said = broken(&files);
    assert!(said.contains("a.rs:1: imports cellar/b.rs\n"), "{said}");
    assert!(!said.contains("imports cellar/d.rs"), "{said}");
}

#[test]
fn a_name_that_a_door_hands_on_ties_to_the_room_that_defines_it() {
    let rooms = [
        ("hall.rs", "mod door; mod bell; pub use door::*; pub use bell::Bell;"),
        ("hall/door.rs", "use super::Bell; pub struct Door;"),
    ];
    let bell = |text| broken(&[rooms[0], rooms[1], ("hall/bell.rs", text)]);
    assert_eq!(bell("pub struct Bell;"), "");
    let said = bell("use crate::hall::Door; pub struct Bell;");
    assert!(said.contains("bell.rs:1: imports hall/door.rs"), "{said}");
    assert!(said.contains("door.rs:1: imports hall/bell.rs"), "{said}");
}

#[test]
fn a_function_of_a_module_s_name_is_no_way_into_the_module() {
    let said = broken(&[
        (
            "cellar.rs",
            "mod coal; mod dust; pub struct Stone(coal::Coal);
            fn coal() { dust::dust() } use dust::dust;",
        ),
        ("cellar/coal.rs", "use crate::cellar::dust::Dust; pub struct Coal;"),
        ("cellar/dust.rs", "pub struct Dust; pub fn dust() {}"),
    ]);
    assert_eq!(said, "");
}

#[test]
fn a_name_that_leads_up_is_found_past_a_module_of_its_name() {
    let said = broken(&[
        ("hall.rs", "mod door; pub use door::door;"),
        ("hall/door.rs", "pub use crate::attic::door; pub struct Door;"),
        ("cellar.rs", "pub mod coal; pub use crate::hall::door;"),
        ("attic.rs", "pub fn door() {} pub struct View;"),
    ]);
    let said_of = |file| said.lines().filter(|it| it.contains(file)).count();
    assert_eq!(said_of("src/cellar.rs:1: "), 2, "{said}");
    assert!(said.contains("hall.rs:1: `door::door` leads up to attic.rs"));
}

#[test]
fn files_without_a_floor_and_floors_without_a_file_are_told() {
    let lib = "mod cellar; mod hall; mod shed;";
    let said = broken(&[
        ("lib.rs", lib),
        ("shed.rs", ""),
        ("hall/lost.rs", ""),
        ("bin/house.rs", "use house::View;"),
    ]);
    for what in [
        "house/src/shed.rs:1: belongs to no floor of the table",
        "house/src/hall/lost.rs:1: belongs to no floor: no `mod` leads here",
        "house/src/attic.rs:1: a floor without a file",
    ] {
        assert!(said.contains(what), "{said}");
    }
    assert!(!said.contains("bin/house"));
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    for (text, what) in [
        ("#[path = \"b.rs\"] mod a;", "no `#[path]`"),
        ("mod nowhere;", "there is no cellar/coal/nowhere.rs"),
        ("fn (", "coal.rs:1: "),
    ] {
        let said = broken(&[("cellar/coal.rs", text)]);
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn a_floor_says_what_it_is_for() {
    let floors: &[Floor] = &[
        Floor { name: "cellar", holds: "what all stand on" },
        Floor { name: "hall", holds: "" },
        Floor { name: "attic", holds: "the view" },
    ];
    let said = check(&Crate { floors, ..HOUSE }, &sources(&[])).join("\n");
    assert_eq!(said, "house/src/hall.rs:1: a floor is for something");
}

#[test]
fn crates_are_built_from_what_the_table_says_and_is_below() {
    let package = |name: &str, uses: &[&str], tests_use: &[&str]| Package {
        name: name.into(),
        uses: uses.iter().map(ToString::to_string).collect(),
        tests_use: tests_use.iter().map(ToString::to_string).collect(),
        manifest: "\n[dependencies]\n\n[dev-dependencies]\n".into(),
    };
    let table = |low_uses| {
        [
            Crate { name: "low", folder: "low", uses: low_uses, ..HOUSE },
            Crate { name: "kernel", folder: "k", uses: &["low"], ..HOUSE },
        ]
    };
    let check = |table: [Crate; 2], packages: &[Package]| {
        check_packages(&table, packages).join("\n")
    };
    let kernel = || package("kernel", &["low"], &[]);
    assert_eq!(check(table(&[]), &[package("low", &[], &[]), kernel()]), "");
    let said = check(table(&["kernel"]), &[package("low", &["kernel"], &[])]);
    let rule = "low may not be built from kernel, above it";
    assert_eq!(said, format!("low/Cargo.toml:2: {rule}"));
    let said = check(table(&["x"]), &[package("low", &[], &["kernel"])]);
    for what in [
        "low/Cargo.toml:2: x is here or in the table only",
        "low/Cargo.toml:4: kernel is here or in the table only",
        &format!("low/Cargo.toml:4: {rule}"),
    ] {
        assert!(said.contains(what), "{said}");
    }
    let said = check(table(&[]), &[package("shed", &[], &[])]);
    assert_eq!(said, "shed/Cargo.toml:1: no crate of the table");
}
