//! The kernel boots, and says so.

use std::fs;
use std::time::Duration;
use tests::artifacts::{self, PROGRAMS};
use tests::clients::host_cli;
use tests::machine::Setup;

const LIMIT: Duration = Duration::from_secs(60);

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
    // All but the first MiB and what the firmware reserves.
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

/// Returns the first number in a line.
fn number_in(line: &str) -> u32 {
    let number = line.split(' ').find_map(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("no number in {line:?}"))
}

#[test]
fn memory_up_to_2_gib_is_used_and_the_rest_is_reported() {
    // The firmware reserves a little of the last MiB, and the kernel does
    // not use the first.
    for (memory_mib, unused_mib) in [(2048, None), (3072, Some(1023..=1024))] {
        let machine = Setup::demo().memory_mib(memory_mib).boot();
        let used = number_in(&machine.wait_for_line("memory: ", LIMIT));
        assert!((2046 * 256..=2047 * 256).contains(&used), "{used} frames");
        let warnings = machine.lines("warning: ");
        match unused_mib {
            None => assert_eq!(warnings, [""; 0]),
            Some(unused) => {
                let [warning] = &warnings[..] else { panic!("{warnings:?}") };
                assert!(warning.contains("above 2 GiB"), "{warning}");
                assert!(unused.contains(&number_in(warning)), "{warning}");
            }
        }
        assert_eq!(host_cli::programs(machine.endpoint()), PROGRAMS);
        // Up to the last frame in use, and none above.
        let answer = host_cli::json(machine.endpoint(), &["frames"]);
        let total = answer.member("totals")["frames"].as_u64();
        let total = total.expect("a number");
        assert!((2047 * 256..=2048 * 256).contains(&total), "{total} frames");
    }
}

#[test]
fn too_little_memory_ends_in_one_clear_line() {
    let machine = Setup::demo().modules(&[]).memory_mib(2).start();
    let line = machine.wait_for_line("panic: ", LIMIT);
    assert!(line.starts_with("panic: too little memory for "), "{line}");
    // Nothing follows it, for as long as a boot with enough memory takes.
    let enough = Setup::demo().modules(&[]).memory_mib(4).boot();
    assert_eq!(enough.lines("panic: "), [""; 0]);
    assert_eq!(machine.console().lines().last(), Some(&*line));
    assert_eq!(machine.lines("panic: ").len(), 1);
}

#[test]
fn modules_beyond_the_most_are_counted_and_the_others_run() {
    const MOST: usize = 32;
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let mut setup = Setup::demo().memory_mib(64).modules(&[]);
    let names: Vec<_> = (0..40).map(|n| format!("sleeper-{n}")).collect();
    for name in &names {
        let path = scratch.path().join(name);
        let copied = fs::copy(artifacts::program("sleeper"), &path);
        copied.expect("it can be copied");
        setup = setup.module_file(&path, "");
    }
    let machine = setup.boot();
    let [warning] = &machine.lines("warning: ")[..] else {
        panic!("{}", machine.console())
    };
    assert!(warning.contains("too many boot modules"), "{warning}");
    assert_eq!(number_in(warning), 8, "{warning}");
    assert_eq!(host_cli::programs(machine.endpoint()), names[..MOST]);
}
