//! The kernel boots, and says so.

use std::time::Duration;
use tests::artifacts::PROGRAMS;
use tests::host_cli;
use tests::machine::Setup;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn machines_from_16_to_512_mib_run_every_program() {
    for memory_mib in [16, 64, 512] {
        let machine = Setup::demo().memory_mib(memory_mib).boot();
        let answer = host_cli::json(machine.endpoint(), &["processes"]);
        let names: Vec<_> = answer
            .rows("processes")
            .iter()
            .filter_map(|process| process["name"].as_str())
            .collect();
        for name in PROGRAMS {
            assert!(names.contains(&name), "{memory_mib} MiB: {names:?}");
        }
    }
}

#[test]
fn the_console_tells_of_memory_and_of_each_program() {
    let machine = Setup::demo().memory_mib(64).boot();
    let line = machine.wait_for_line("memory: ", LIMIT);
    let frames = line["memory: ".len()..].split(' ').next();
    let frames: u32 = frames.and_then(|n| n.parse().ok()).expect("a number");
    // All but the first MiB and what the firmware keeps.
    assert!((62 * 256..64 * 256).contains(&frames), "{line}");
    let console = machine.console();
    for name in PROGRAMS {
        let told = console.lines().any(|line| {
            line.starts_with("started: process ")
                && line.ends_with(&format!("({name})"))
        });
        assert!(told, "{name} is not in:\n{console}");
    }
}

#[test]
fn an_unknown_word_is_reported_and_ignored() {
    let machine = Setup::demo().word("colour=blue").boot();
    let console = machine.console();
    let reported = console.lines().any(|line| line.contains("colour=blue"));
    assert!(reported, "{console}");
}

#[test]
fn of_two_words_the_later_one_wins() {
    let setup = Setup::without_stub().word("debug=com4").word("debug=com1");
    let machine = setup.boot();
    let answer = host_cli::json(machine.endpoint(), &["info"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}
