//! A program that faults dies alone, or is debugged where it stands.

use std::collections::BTreeSet;
use std::time::Duration;
use tests::artifacts::{self, PROGRAMS};
use tests::deadline::wait_until;
use tests::gdb::Gdb;
use tests::host_cli;
use tests::image::Image;
use tests::machine::{Machine, Setup};

const LIMIT: Duration = Duration::from_secs(30);

/// Asserts that `null` goes and that every other process stays, at work.
fn assert_others_go_on(machine: &mut Machine) {
    wait_until("`null` to be gone", LIMIT, || {
        !processes(machine).contains("null")
    });
    let others = PROGRAMS.iter().copied().chain(["kernel"]);
    assert_eq!(processes(machine), others.map(str::to_owned).collect());
    let sent = |machine: &Machine| {
        let answer = host_cli::json(machine.endpoint(), &["threads"]);
        let threads = answer.rows("threads").iter();
        let mut source = threads.filter(|row| row["name"] == "source");
        source.next().map(|row| row["waits_for"].clone())
    };
    let before = sent(machine);
    wait_until("`source` to go on", LIMIT, || sent(machine) != before);
}

/// The names of the processes that there are.
fn processes(machine: &Machine) -> BTreeSet<String> {
    let answer = host_cli::json(machine.endpoint(), &["processes"]);
    let names = answer.rows("processes").iter();
    names.filter_map(|row| row["name"].as_str()).map(str::to_owned).collect()
}

/// Waits until the kernel has killed a process, and returns what it says.
fn killed(machine: &Machine) -> String {
    machine.wait_for_line("killed: process ", LIMIT)
}

/// Asserts that `line` tells of the fault of the program `null`.
fn assert_tells_of_null(line: &str) {
    let address =
        Image::open(&artifacts::program("null")).address("null::read_null");
    assert!(line.contains("(null)"), "{line}");
    assert!(line.contains("page fault at 0x"), "{line}");
    let eip = line.split_once(" at 0x").map_or("", |(_, rest)| &rest[..8]);
    let eip = u32::from_str_radix(eip, 16).expect("an address");
    assert!((address..address + 64).contains(&eip), "{line}");
    assert!(line.ends_with("address 0x00000000"), "{line}");
}

#[test]
fn without_a_debugger_it_dies_alone() {
    let mut machine = Setup::demo().word("demo=null").boot();
    assert_tells_of_null(&killed(&machine));
    assert_others_go_on(&mut machine);
}

#[test]
fn without_a_stub_it_dies_too() {
    let machine = Setup::without_stub().word("demo=null").boot();
    assert_tells_of_null(&killed(&machine));
}

#[test]
fn with_gdb_it_stops_at_the_instruction_in_its_own_task() {
    let mut machine = Setup::demo().word("demo=null").word("wait").boot();
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    let program = artifacts::program("null");
    gdb.command(&format!("add-symbol-file {}", program.display()));

    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert!(stop.contains("null::read_null"), "{stop}");
    assert!(stop.contains("null.rs:"), "{stop}");
    assert!(!machine.console().contains("killed:"), "not yet");
    let cr2 = gdb.command("print/x $cr2");
    assert!(cr2.ends_with("= 0x0\n"), "{cr2}");
    let code = gdb.command("x/i $eip");
    assert!(code.contains("=> 0x") && code.contains("mov"), "{code}");
    let threads = gdb.command("info threads");
    let current = threads.lines().find(|line| line.starts_with('*'));
    let current = current.expect("a thread is marked");
    assert!(current.contains("null"), "{threads}");

    // The fault takes its course, and only this program dies of it.
    gdb.send("continue");
    gdb.wait_until_continuing();
    assert_tells_of_null(&killed(&machine));
    gdb.interrupt();
    gdb.answer();
    gdb.command("detach");
    drop(gdb);
    assert_others_go_on(&mut machine);
}
