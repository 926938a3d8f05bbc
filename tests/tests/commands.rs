//! Every command of host-cli works on a running system, which keeps running,
//! and works the same on one that a debugger has stopped.

use host_cli::commands::ALL;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self as cli, Answer};
use tests::clients::questions::{QUESTIONS, Question};
use tests::host::process::Ended;
use tests::line::Endpoint;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// Boots the demo system, and waits until everything asked about exists.
fn boot() -> Machine {
    let machine = Setup::demo().boot();
    let _tasks = cli::whole_demo(machine.endpoint());
    machine.wait_for_line("consumer: consumer reads window 1", LIMIT);
    machine
}

/// Runs every command in both output formats.
fn ask_all(machine: &Machine) -> Vec<Answer> {
    let target = machine.endpoint();
    QUESTIONS
        .iter()
        .map(|question| {
            let words = question.words(3, 2);
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let answer = cli::json(target, &words);
            assert_eq!(answer.code, question.code, "{words:?}: {answer:?}");
            let member = answer.json.get(question.member);
            assert!(member.is_some(), "{answer:?}");
            assert_eq!(answer.json["error"], Value::Null, "{answer:?}");
            assert_fits(target, &words, question.code);
            answer
        })
        .collect()
}

/// The text form fits a terminal of 80 columns.
fn assert_fits(target: &Endpoint, arguments: &[&str], code: i32) {
    let target = target.to_string();
    let all = [&["-t", &target], arguments].concat();
    let ended = cli::run_within_80_columns(&all);
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert!(!ended.stdout.is_empty(), "{ended:?}");
    for line in ended.stdout.lines() {
        assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
    }
}

#[test]
fn none_is_forgotten() {
    // The output of these depends on host-cli alone.
    let others = ["completions", "man"];
    let asked = QUESTIONS.iter().map(Question::command).chain(others);
    let all = ALL.iter().map(|(name, _)| *name);
    assert_eq!(asked.collect::<BTreeSet<_>>(), all.collect());
}

#[test]
fn a_programs_symbols_are_those_of_its_build_id() {
    let machine = boot();
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let target = machine.endpoint().to_string();
    let named = |program: &str| {
        let program = artifacts::directory().join(program);
        let image = scratch.path().join("source");
        std::fs::copy(program, &image).expect("it is there");
        let image = image.to_str().expect("text").to_owned();
        cli::run(&["-t", &target, "-i", &image, "threads"])
    };
    let who = |ended: &Ended| -> Vec<String> {
        let named = |line: &&str| line.contains("; in ");
        let lines = ended.stdout.lines().filter(named);
        let name =
            |line: &str| line.split_whitespace().nth(2).map(str::to_owned);
        lines.filter_map(name).collect()
    };
    let right = named("source");
    assert_eq!(right.code, Some(0), "{right:?}");
    assert_eq!(who(&right), ["source"], "{right:?}");
    assert!(!right.stdout.contains("IMAGE_START"), "{right:?}");
    assert_eq!(right.stderr, "");
    // Whatever the file is called.
    let other = named("sink");
    assert_eq!(who(&other), ["sink"], "{other:?}");
    assert_eq!(other.stderr, "");
    // Of no program that runs here.
    let wrong = named("crowd");
    assert_eq!(wrong.code, Some(0), "{wrong:?}");
    assert!(who(&wrong).is_empty(), "{wrong:?}");
    assert!(wrong.stderr.contains("is not the image"), "{wrong:?}");
}

#[test]
fn each_answers_while_the_system_runs_and_goes_on() {
    let mut machine = boot();
    for Answer { json, .. } in ask_all(&machine) {
        assert_eq!(json["running"], true, "{json}");
        assert_eq!(json["consistent"], true, "{json}");
        assert!(json["pause_us"].is_u64(), "{json}");
        assert!(json["stolen_us"].is_u64(), "{json}");
    }
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn each_answers_the_same_while_a_debugger_has_stopped_it() {
    let mut machine = boot();
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.crash();
    let first = ask_all(&machine);
    for Answer { json, .. } in &first {
        assert_eq!(json["running"], false, "{json}");
        assert_eq!(json["pause_us"], Value::Null, "{json}");
    }
    let stop = &first[0].json["stop"];
    assert!(stop["reason"].is_string(), "{stop}");
    let count = ticks::count(&mut machine, |seconds| seconds < 0.3);
    assert_eq!(count.ticks, 0, "the system stands still");
    // Nothing moves, so a second answer is the same, but for the line.
    for (first, second) in first.iter().zip(ask_all(&machine)).skip(1) {
        assert_eq!(first.json, second.json);
    }
}
