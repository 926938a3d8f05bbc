//! Commands of the real gdb.

use super::packets::{PROCESS_ID, Rows};
use super::sample::once;
use super::subject::{RANDOM_BYTES, Stub, Subject};
use super::tap::{Pace, Tap};
use crate::artifacts;
use crate::clients::gdb::Gdb;

/// The name of the row for attaching.
pub const ATTACH: &str = "target remote";
/// The name of the row for twenty steps.
pub const STEPS: &str = "20 × stepi";
/// The name of the row for the list of [`super::subject::TASKS`].
pub const THREADS: &str = "info threads";

/// Runs the commands over the line of this pace.
///
/// # Panics
///
/// Panics with gdb's message if one of them fails.
#[must_use]
pub fn measure(subject: &Subject, pace: Pace) -> Rows {
    let tap = subject.line(pace);
    let busy = &subject.busy;
    let gdb = Gdb::start(&artifacts::kernel());
    let mut session = Session { gdb, tap, rows: Rows::new() };
    let program = artifacts::program("busy").display().to_string();
    session.quietly(&format!("add-symbol-file {program}"));

    let near_end = tap.near_end().for_gdb();
    session.row(ATTACH, &[&format!("target remote {near_end}")]);
    session.row("info registers", &["info registers"]);
    session.row(THREADS, &[THREADS]);
    if subject.stub == Stub::Ours {
        session.quietly(&format!("thread {}", busy.task));
    }
    // Another program may have code at the same address.
    let is_it = format!("*({PROCESS_ID:#x} as *mut u32) == {}", busy.process);
    session.quietly(&format!("tbreak busy::round if {is_it}"));
    session.stops("continue", "busy::round");
    let rounds = format!("*({:#x} as *mut u32)", busy.rounds);
    session.row("bt", &["bt"]);
    session.row("p of a word", &[&format!("p {rounds}")]);
    session.row("x/1024xb", &[&format!("x/1024xb {:#x}", busy.memory)]);
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let file = scratch.path().join("memory").display().to_string();
    let (start, end) = (busy.memory, busy.memory + RANDOM_BYTES);
    let dump = format!("dump binary memory {file} {start:#x} {end:#x}");
    session.row("dump of 64 KiB, random", &[&dump]);
    session.row("stepi", &["stepi"]);
    session.row(STEPS, &["stepi"; 20]);
    session.row("20 × nexti", &["nexti"; 20]);
    session.row("break", &["break busy::round"]);
    session.row("continue", &["continue"]);
    session.row("5 × continue", &["continue"; 5]);
    session.row("step", &["step"]);
    session.quietly("delete");
    session.row("watch", &[&format!("watch {rounds}")]);
    session.row("continue to it", &["continue"]);
    session.row("x/64i", &["x/64i $pc"]);
    session.quietly("delete");
    session.row("detach", &["detach"]);
    if subject.stub == Stub::Ours {
        // With gdb's own time for the symbols of all programs.
        session.gdb = Gdb::start(&artifacts::kernel());
        let directory = artifacts::directory();
        session.quietly(&format!("set sysroot {}", directory.display()));
        let attach = format!("target remote {near_end}");
        session.row("target remote, all symbols", &[&attach]);
        session.row("info threads by name", &[THREADS]);
        session.quietly("detach");
    }
    session.rows
}

struct Session<'t> {
    gdb: Gdb,
    tap: &'t Tap,
    rows: Rows,
}

impl Session<'_> {
    fn row(&mut self, name: &str, commands: &[&str]) {
        let gdb = &mut self.gdb;
        let mut said = String::new();
        let sample = once(self.tap, || {
            for command in commands {
                said += &gdb.command(command);
            }
        });
        self.check(&said);
        self.rows.push((name.to_owned(), sample));
    }

    fn quietly(&mut self, command: &str) {
        let said = self.gdb.command(command);
        self.check(&said);
    }

    /// Runs a command after which gdb must say where it is.
    fn stops(&mut self, command: &str, place: &str) {
        let said = self.gdb.command(command);
        assert!(said.contains(place), "{}", self.gdb.transcript());
    }

    fn check(&self, said: &str) {
        let words = ["Remote co", "Cannot", "Error", "Ignoring", "No symbol"];
        let mut lines = said.lines();
        let failed =
            lines.any(|line| words.iter().any(|word| line.starts_with(word)));
        assert!(!failed, "{}", self.gdb.transcript());
    }
}
