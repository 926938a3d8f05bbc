//! The stub itself faults on what it finds in a ruined kernel: that costs
//! an answer, and nothing more.

use std::time::Duration;
use tests::artifacts;
use tests::gdb::Gdb;
use tests::host_cli;
use tests::machine::{Machine, Setup};
use tests::scene::{
    attached, directory_in_record, goes_on, goes_on_alone, in_a_system_call,
};
use tests::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// The entries that map the first page of the records of mailboxes and of
/// attachments of windows, as each directory shows them.
const MAILBOXES: u32 = 0x0201_6000;
const ATTACHMENTS: u32 = 0x0201_8000;

const GIVEN_UP: &str = "the stub gave an answer up: ";

/// Takes away what an entry maps; returns the entry.
fn take(gdb: &mut Gdb, place: u32) -> u32 {
    let entry = gdb.number(&format!("*(unsigned *){place:#x}"));
    assert!(entry & 1 != 0, "{place:#x} is in use");
    gdb.command(&format!("set var *(unsigned *){place:#x} = 0"));
    entry
}

fn give_back(gdb: &mut Gdb, place: u32, entry: u32) {
    gdb.command(&format!("set var *(unsigned *){place:#x} = {entry:#x}"));
    assert_eq!(gdb.number(&format!("*(unsigned *){place:#x}")), entry);
}

/// Asserts that host-cli is told that the target has faulted.
fn assert_faults(machine: &Machine, words: &[&str]) {
    let answer = host_cli::json(machine.endpoint(), words);
    let text = format!("{}{}", answer.stderr, answer.json);
    assert_ne!(answer.code, 0, "{text}");
    assert!(text.contains("the target faulted while it answered"), "{text}");
}

#[test]
fn a_page_fault_that_a_page_fault_shows_costs_one_answer() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, MAILBOXES);
    // Somebody sends, and that is where the system stops.
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    let shown = "info registers eip esp cr2 cr3";
    let before = gdb.command(shown);
    for _ in 0..3 {
        let said = gdb.command("monitor mailboxes");
        assert!(!said.contains("owner"), "{said}");
        gdb.command("maintenance flush register-cache");
        assert_eq!(gdb.command(shown), before, "the same context");
    }
    assert_eq!(machine.lines(GIVEN_UP).len(), 3, "{}", machine.console());
    let line = machine.wait_for_line(GIVEN_UP, LIMIT);
    // The task of page faults was busy with the first one.
    assert!(line.contains("double fault at 0x00"), "{line}");
    // What is not ruined is told, and whoever comes next is served.
    let threads = gdb.command("info threads");
    assert!(threads.contains("sleeper/sleeper"), "{threads}");
    gdb.crash();
    assert_faults(&machine, &["mailboxes"]);
    let answer = host_cli::json(machine.endpoint(), &["threads"]);
    assert_eq!(answer.rows("threads").len(), artifacts::TASKS);
    let mut gdb = attached(&machine);
    assert_eq!(gdb.command(shown), before);
    give_back(&mut gdb, MAILBOXES, entry);
    let said = gdb.command("monitor mailboxes");
    assert!(said.contains("owner"), "{said}");
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_look_on_which_the_stub_faults_stops_nothing() {
    let mut machine = Setup::demo().boot();
    let line = "consumer: consumer reads window 1";
    machine.wait_for_line(line, LIMIT);
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, ATTACHMENTS);
    gdb.command("detach");
    for _ in 0..3 {
        assert_faults(&machine, &["windows"]);
    }
    let line = machine.wait_for_line(GIVEN_UP, LIMIT);
    assert!(line.contains("page fault at 0x00"), "{line}");
    ticks::wait_for(&mut machine, 11);
    let mut gdb = attached(&machine);
    give_back(&mut gdb, ATTACHMENTS, entry);
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_record_with_any_word_wrong_leaves_the_stub_at_work() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let tasks = gdb.command("monitor threads");
    let cr3 = gdb.number("(unsigned)$cr3");
    let place = directory_in_record(&mut gdb, cr3);
    let record = gdb.number(&place) - 64;
    for at in (record..record + 160).step_by(4) {
        let word = gdb.number(&format!("*(unsigned *){at:#x}"));
        gdb.command(&format!("set var *(unsigned *){at:#x} = 0xeeeeeeee"));
        gdb.command("monitor threads");
        gdb.command("info threads");
        gdb.command(&format!("set var *(unsigned *){at:#x} = {word:#x}"));
    }
    assert_eq!(gdb.command("monitor threads"), tasks);
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_stub_that_faulted_serves_those_who_never_stopped() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, ATTACHMENTS);
    gdb.command("stepi");
    gdb.command("monitor windows");
    give_back(&mut gdb, ATTACHMENTS, entry);
    machine.wait_for_line(GIVEN_UP, LIMIT);
    gdb.command("stepi");
    let windows = gdb.command("monitor windows");
    assert!(windows.contains("attachments"), "{windows}");
    gdb.command("detach");
    goes_on_alone(&machine, &[]);
}
