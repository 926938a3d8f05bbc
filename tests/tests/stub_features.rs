//! A kernel may leave out any of the stub's features: each set of features
//! builds, and the smallest stub passes its tests.

use std::fs;
use std::process::Command;
use tests::artifacts;
use tests::measurements::stub_features::{FEATURES, all_but};

fn cargo(subcommand: &str, features: &str) {
    let status = Command::new("cargo")
        .current_dir(artifacts::root())
        .args([subcommand, "-q", "-p", "stub", "--no-default-features"])
        .args(["--features", features])
        .status();
    assert!(status.is_ok_and(|it| it.success()), "{subcommand}: {features}");
}

#[test]
fn each_feature_can_be_left_out_and_all_of_them() {
    for (name, _) in FEATURES {
        cargo("check", &all_but(name));
        cargo("check", name);
    }
    cargo("test", "");
}

#[test]
fn the_features_that_are_measured_are_those_that_there_are() {
    let manifest = artifacts::root().join("stub/Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("it is there");
    let default = manifest.lines().find(|line| line.starts_with("default ="));
    let names = FEATURES.map(|(name, _)| format!("\"{name}\""));
    let names = names.join(", ");
    assert_eq!(default, Some(&*format!("default = [{names}]")));
}
