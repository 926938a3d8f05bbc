//! The floors of the real tree.

use floors::rules::{check, check_packages};
use floors::table::CRATES;
use floors::workspace::{packages, sources};
use std::error::Error;

/// One test a crate, so that a failure says which.
macro_rules! floors_of {
    ($($test:ident: $name:literal),* $(,)?) => {
        const TESTED: &[&str] = &[$($name),*];
        $(
            #[test]
            fn $test() -> Result<(), Box<dyn Error>> {
                let house = CRATES.iter().find(|it| it.name == $name);
                let house = house.ok_or("not in the table")?;
                nothing(&check(house, &sources(house.folder)?));
                Ok(())
            }
        )*
    };
}

floors_of! {
    layout: "layout",
    wire: "wire",
    stub: "stub",
    fake_machine: "fake-machine",
    host_cli: "host-cli",
    tests: "tests",
    floors: "floors",
    fuzz: "fuzz",
    abi: "abi",
    programs: "programs",
    kernel: "kernel",
}

#[test]
fn every_crate_of_the_table_is_tested() {
    let names: Vec<&str> = CRATES.iter().map(|it| it.name).collect();
    assert_eq!(TESTED, names);
}

#[test]
fn crates_are_built_from_those_of_the_table() -> Result<(), Box<dyn Error>> {
    nothing(&check_packages(CRATES, &packages()?));
    Ok(())
}

#[test]
fn only_the_kernel_may_have_three_files_that_import_each_other() {
    for house in CRATES {
        if let Some(exception) = &house.exception {
            assert_eq!(house.name, "kernel");
            assert!(exception.files.len() <= 3);
            assert!(!exception.reason.is_empty());
        }
    }
}

/// Panics with what is broken.
fn nothing(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
