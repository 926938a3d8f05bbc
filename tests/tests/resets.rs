//! `monitor reset`: the machine restarts, whichever hardware resets it, and
//! serves the next debugger.

use std::thread;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::line::{Fate, Line};
use tests::machine::{BOOT_LIMIT, Board, Machine, Setup};
use tests::scenes::{attached, goes_on};

const LIMIT: Duration = Duration::from_secs(60);

/// What the kernel prints once everything runs.
const READY: &str = "ready: ";

/// Returns which boot answers; two questions agree on it.
fn boot_number(machine: &Machine) -> u64 {
    let ask = || {
        let answer = host_cli::json(machine.endpoint(), &["info"]);
        answer.member("boot").as_u64().expect("a number")
    };
    let boot = ask();
    assert_ne!(boot, 0);
    assert_eq!(ask(), boot);
    boot
}

fn reset(setup: &Setup) {
    let machine = setup.boot();
    let first = boot_number(&machine);
    let mut gdb = attached(&machine);
    let dispatch = Image::open(&artifacts::kernel())
        .address("kernel::system_call::dispatch");
    let word = format!("*(unsigned *){dispatch:#x}");
    let text = gdb.number(&word);
    // A boot loads the text again; a machine that merely continued would not.
    gdb.command("monitor write-protect off");
    gdb.command(&format!("set var {word} = ~{text:#x}"));
    assert_eq!(gdb.number(&word), !text);
    let said = gdb.command("monitor reset");
    assert!(said.contains("resetting the machine"), "{said}");
    gdb.command("disconnect");
    wait_until("the second boot", BOOT_LIMIT, || {
        machine.lines(READY).len() == 2
    });
    let _tasks = host_cli::whole_demo(machine.endpoint());
    assert_ne!(boot_number(&machine), first);
    gdb.attach(&machine.endpoint().for_gdb());
    assert_eq!(gdb.number(&word), text);
    gdb.command("break kernel::system_call::dispatch");
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Breakpoint 1, "), "{stop}");
    gdb.command("delete");
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_reset_starts_the_machine_anew() {
    reset(&Setup::demo().starts_anew());
}

#[test]
fn a_reset_starts_bochs_anew() {
    reset(&Setup::demo().in_bochs());
}

#[test]
fn a_reset_without_pci_is_the_keyboard_controllers() {
    reset(&Setup::demo().starts_anew().board(Board::Isa));
}

/// No hardware takes a reset command: the processor resets itself when it
/// cannot deliver even a double fault.
#[test]
fn a_reset_by_nothing_else_is_a_triple_fault() {
    let setup = Setup::demo().starts_anew();
    reset(&setup.board(Board::IsaWithoutKeyboard));
}

#[test]
fn a_reset_amid_a_read_is_said() {
    let mut machine = Setup::demo().starts_anew().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    // 256 KiB take 23 seconds.
    let line = Line::new(machine.endpoint(), 115_200, Fate::Lasts);
    let target = line.near_end();
    let read = ["--timeout", "60000", "read", "0x100000", "256KiB"];
    let read = thread::spawn(move || host_cli::json(&target, &read));
    thread::sleep(Duration::from_secs(2));
    machine.monitor.command("system_reset");
    let answer = read.join().expect("it ends");
    assert_eq!(answer.code, 4, "{answer:?}");
    let error = answer.json["error"]["message"].as_str().unwrap_or_default();
    assert!(error.contains("was reset during this command"), "{error}");
    let bytes = answer.json["read"]["bytes"].as_u64();
    assert!(bytes.is_some_and(|bytes| bytes < 256 << 10), "{bytes:?}");
}

#[test]
fn gdb_is_told_before_a_reset_ends_the_machine() {
    let mut machine = Setup::demo().boot();
    let mut gdb = attached(&machine);
    let said = gdb.command("monitor reset");
    assert!(said.contains("resetting the machine"), "{said}");
    // QEMU was told to exit instead.
    wait_until("the machine to end", LIMIT, || machine.has_ended());
}
