//! The floors of the real tree.

use floors::rules::{check, check_packages};
use floors::table::CRATES;
use floors::workspace::{packages, sources};
use std::error::Error;

#[test]
fn every_file_uses_its_own_floor_and_those_below() -> Result<(), Box<dyn Error>>
{
    let mut broken = vec![];
    for house in CRATES {
        broken.extend(check(house, &sources(house.folder)?));
    }
    nothing(&broken);
    Ok(())
}

#[test]
fn crates_are_built_from_those_of_the_table() -> Result<(), Box<dyn Error>> {
    nothing(&check_packages(CRATES, &packages()?));
    Ok(())
}

/// Panics with what is broken.
fn nothing(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
