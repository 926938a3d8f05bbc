//! Command lines that make no sense, and those that need no target.

use crate::program::{Run, finish, program};
use host_cli::commands::ALL;
use std::path::Path;

fn run(arguments: &[&str]) -> Run {
    finish(program(Path::new("/"), arguments))
}

#[test]
fn what_makes_no_sense_is_a_usage_error_in_words() {
    for (line, speaks_of) in [
        ("translate", "ADDR"),
        ("translate 12q", "not a number"),
        ("translate 0x100000000", "too large"),
        ("translate 0 --task 1 --process 1", "cannot be used"),
        ("read 0 4 --task 1 --physical", "cannot be used"),
        ("read 0 4GB", "not a number"),
        ("regions --all --task 1", "cannot be used"),
        ("mailboxes one", "not a number"),
        ("-t usb:1 info", "not a target"),
        ("--timeout 0 info", "leaves no time"),
        ("--color sometimes info", "sometimes"),
        ("frobnicate", "frobnicate"),
        ("man frobnicate", "no command frobnicate"),
        ("info", "no target was given"),
    ] {
        let words: Vec<_> =
            ["--json"].into_iter().chain(line.split(' ')).collect();
        let run = run(&words);
        run.fails(2, speaks_of);
        assert_eq!(run.stdout, "", "{line}");
    }
}

#[test]
fn a_variable_that_is_no_target_is_a_usage_error() {
    let mut command = program(Path::new("/"), &["info"]);
    command.env("HOST_CLI_TARGET", "line");
    finish(command).fails(2, "HOST_CLI_TARGET=line: not a target");
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_the_target_is_asked() {
    let arguments = ["-t", "unix:absent", "read", "0", "4", "-o", "/"];
    run(&arguments).fails(2, "cannot write /");
}

#[test]
fn every_command_teaches_by_an_example() {
    for (name, _) in ALL {
        let run = run(&[name, "--help"]);
        assert_eq!(run.code, Some(0));
        let example = format!("$ host-cli {name}");
        let example_of_shell = format!("<(host-cli {name}");
        assert!(
            run.stdout.contains(&example)
                || run.stdout.contains(&example_of_shell),
            "{run:?}"
        );
    }
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let run = run(&["completions", shell]);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains("translate"), "{run:?}");
    }
}

#[test]
fn the_manual_is_a_page() {
    for (arguments, heading) in [
        (&["man"][..], ".TH host-cli 1"),
        (&["man", "translate"], ".TH host-cli-translate 1"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains(heading), "{run:?}");
    }
    assert!(run(&["--json", "man"]).json()["man"].is_string());
}
