//! The same gdb sessions in QEMU and in Bochs, which has another processor
//! and another UART: what works in both is no quirk of one emulator.
//!
//! Bochs is slow to boot, so one boot serves many sessions.

use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::{Machine, Setup};
use tests::scenes::goes_on_alone;
use tests::scenes::session;
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// Sessions with the whole demo system, each of which ends with `detach`.
const SESSIONS: [&str; 7] = [
    include_str!("sessions/memory.txt"),
    include_str!("sessions/threads.txt"),
    include_str!("sessions/kernel.txt"),
    include_str!("sessions/program.txt"),
    include_str!("sessions/tables.txt"),
    include_str!("sessions/search.txt"),
    include_str!("sessions/protection.txt"),
];

/// Starts a gdb, and checks its output against a transcript.
fn hold(machine: &mut Machine, transcript: &str) {
    let mut gdb = Gdb::start(&artifacts::kernel());
    let target = machine.endpoint().for_gdb();
    let programs = artifacts::directory().display().to_string();
    let names = [("target", &*target), ("programs", &*programs)];
    session::run(&mut gdb, transcript, &names, || ticks::wait_for(machine, 1));
    drop(gdb);
    ticks::wait_for(machine, 1);
}

/// Waits until everything that a session may ask for exists.
fn boot(setup: &Setup) -> Machine {
    let machine = setup.boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    machine.wait_for_line("consumer: consumer reads window 1", LIMIT);
    machine
}

#[test]
fn stops_and_steps_are_gdbs_in_qemu() {
    let mut machine = boot(&Setup::demo());
    hold(&mut machine, include_str!("sessions/stops.txt"));
    goes_on_alone(&machine, &[]);
}

#[test]
fn what_is_broken_shows_itself_in_qemu() {
    let mut machine = boot(&Setup::demo());
    hold(&mut machine, include_str!("sessions/ruined.txt"));
    goes_on_alone(&machine, &[]);
    hold(&mut machine, include_str!("sessions/broken.txt"));
}

#[test]
fn every_session_is_the_same_in_bochs() {
    let mut machine = boot(&Setup::demo().in_bochs());
    hold(&mut machine, include_str!("sessions/stops.txt"));
    for transcript in SESSIONS {
        hold(&mut machine, transcript);
    }
    hold(&mut machine, include_str!("sessions/ruined.txt"));
    goes_on_alone(&machine, &[]);
    hold(&mut machine, include_str!("sessions/broken.txt"));
}

#[test]
fn what_signals_do_is_the_same_in_bochs() {
    let setup = Setup::demo().word("demo=null").word("wait").in_bochs();
    let mut machine = setup.boot();
    hold(&mut machine, include_str!("sessions/signals.txt"));
}
