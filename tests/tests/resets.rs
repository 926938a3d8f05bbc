//! `monitor reset`: the machine restarts, whichever hardware resets it, and
//! serves the next debugger.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::machine::{BOOT_LIMIT, Board, Setup};
use tests::scenes::{attached, goes_on};

const LIMIT: Duration = Duration::from_secs(60);

/// What the kernel prints once everything runs.
const READY: &str = "ready: ";

fn reset(setup: &Setup) {
    let machine = setup.boot();
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
fn gdb_is_told_before_a_reset_ends_the_machine() {
    let mut machine = Setup::demo().boot();
    let mut gdb = attached(&machine);
    let said = gdb.command("monitor reset");
    assert!(said.contains("resetting the machine"), "{said}");
    // QEMU was told to exit instead.
    wait_until("the machine to end", LIMIT, || machine.has_ended());
}
