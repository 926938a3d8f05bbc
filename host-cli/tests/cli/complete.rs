//! Nothing about a command can be forgotten: it must be on the command line
//! and have golden files, which must be compared.

use clap::CommandFactory;
use host_cli::commands::ALL;
use host_cli::program::HostCli;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Commands without a target: their output depends on the program itself.
const OF_THE_PROGRAM: [&str; 2] = ["completions", "man"];

/// The members that every document begins with.
const HEADER: usize = 9;

fn files(directory: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = fs::read_dir(path).expect("a directory");
    let entries = entries.map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.path().is_file());
    files.map(|file| file.file_name().into_string().expect("text")).collect()
}

fn golden(file: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read_to_string(directory.join(file))
        .unwrap_or_else(|error| panic!("golden/{file}: {error}"))
}

fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

#[test]
fn every_file_of_a_command_is_on_the_command_line() {
    let files = files("src/commands");
    let files = files.iter().filter_map(|file| file.strip_suffix(".rs"));
    // The trait of every command is not a command.
    let files: BTreeSet<_> = files.filter(|name| *name != "run").collect();
    assert_eq!(files, names().collect());
    let line = HostCli::command();
    let words = line.get_subcommands().map(clap::Command::get_name);
    assert!(words.eq(names()), "in the order of the list");
}

#[test]
fn every_command_has_a_golden_text_and_document() {
    for (name, members) in ALL {
        if OF_THE_PROGRAM.contains(name) {
            continue;
        }
        let text = golden(&format!("{name}.txt"));
        let line = text.lines().next().unwrap_or_default();
        assert!(line.starts_with(&format!("$ host-cli {name}")), "{line}");
        let document: Map<String, Value> =
            serde_json::from_str(&golden(&format!("{name}.json")))
                .expect("a document");
        assert_eq!(document["command"], *name);
        // A failure has the same, all null.
        assert!(document.keys().skip(HEADER).eq(*members), "{name}");
    }
}

#[test]
fn every_golden_file_is_compared() {
    let compared = include_str!("golden.rs");
    for file in files("tests/golden") {
        assert!(compared.contains(&format!("\"{file}\"")), "{file}");
    }
}
