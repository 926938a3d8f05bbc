//! Every command of host-cli answers on a running system, which goes on,
//! and in the same way on one that a debugger has stopped.

use serde_json::Value;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self, Answer};
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

/// What each command is asked, and the member of its answer.
const COMMANDS: [(&[&str], &str); 13] = [
    (&["info"], "stop"),
    (&["layout"], "rows"),
    (&["translate", "0xb000"], "translation"),
    (&["translate", "0x40000000", "--process", "2"], "translation"),
    (&["regions"], "regions"),
    (&["regions", "--all"], "regions"),
    (&["processes"], "processes"),
    (&["threads"], "threads"),
    (&["mailboxes"], "mailboxes"),
    (&["mailboxes", "1"], "mailboxes"),
    (&["descriptors"], "descriptors"),
    (&["read", "0x02400000", "64", "--task", "3"], "read"),
    (&["regs", "--task", "3"], "registers"),
];

/// Asks every command in both forms.
fn ask_all(machine: &Machine) -> Vec<Answer> {
    let target = machine.endpoint();
    COMMANDS
        .iter()
        .map(|(arguments, member)| {
            let answer = host_cli::json(target, arguments);
            assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
            assert!(answer.json.get(member).is_some(), "{answer:?}");
            assert_eq!(answer.json["error"], Value::Null, "{answer:?}");
            assert_fits(target, arguments);
            answer
        })
        .collect()
}

/// The text form fits a terminal of 80 columns.
fn assert_fits(target: &tests::line::Endpoint, arguments: &[&str]) {
    let target = target.to_string();
    let all = [&["-t", &target], arguments].concat();
    let ended = host_cli::run(&all);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stdout.is_empty(), "{ended:?}");
    for line in ended.stdout.lines() {
        assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
    }
}

#[test]
fn each_answers_while_the_system_runs_and_goes_on() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
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
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
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
    // Nothing moves, so asking again gives the same, but for the line.
    for (first, second) in first.iter().zip(ask_all(&machine)).skip(1) {
        assert_eq!(first.json, second.json);
    }
}
