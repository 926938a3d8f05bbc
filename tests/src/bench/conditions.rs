//! How often a breakpoint is hit in vain, because its condition is false.

use super::subject::{Stub, Subject};
use super::tap::{Pace, Traffic};
use crate::artifacts;
use crate::deadline::wait_until;
use crate::gdb::Gdb;
use std::time::{Duration, Instant};

/// So long the hits are counted.
const WINDOW: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(30);

/// Where the breakpoint is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// At the function's first instruction, where most breakpoints are: our
    /// stub executes it itself.
    First,
    /// At one that the processor has to step over: an `inc` of memory.
    Stepped,
}

/// What was seen while the condition was false.
#[derive(Clone, Copy, Debug)]
pub struct FalseHits {
    /// Whose stub it was.
    pub stub: Stub,
    /// Where the breakpoint was.
    pub place: Place,
    /// Hits a second.
    pub per_second: f64,
    /// On the line, meanwhile.
    pub traffic: Traffic,
}

/// Counts false hits of a breakpoint with a condition, over the line of this
/// pace.
///
/// # Panics
///
/// Panics with gdb's words if it does not set the breakpoint.
#[must_use]
pub fn measure(subject: &mut Subject, pace: Pace, place: Place) -> FalseHits {
    let mut gdb = Gdb::start(&artifacts::kernel());
    let program = artifacts::program("busy").display().to_string();
    gdb.command(&format!("add-symbol-file {program}"));
    gdb.attach(&subject.line(pace).near_end().for_gdb());
    if subject.stub == Stub::Ours {
        gdb.command(&format!("thread {}", subject.busy.task));
    }
    let at = match place {
        Place::First => "busy::round",
        Place::Stepped => {
            // The opcode with its ModR/M byte; `$_` is where it was found.
            gdb.command("find /b busy::round, +32, 0xff, 0x05");
            "$_"
        }
    };
    let set = gdb.command(&format!("break *{at} if $eax == $eax + 1"));
    assert!(set.contains("Breakpoint"), "{}", gdb.transcript());
    gdb.send("continue");
    gdb.wait_until_continuing();
    let counter = subject.busy.rounds_physical;
    let mut count = || subject.machine.monitor.word(counter);
    let first = count();
    wait_until("the breakpoint to be hit", LIMIT, || count() != first);
    let before = subject.line(pace).traffic();
    let (start, first) = (Instant::now(), subject.count());
    std::thread::sleep(WINDOW);
    let hits = subject.count().wrapping_sub(first);
    let per_second = f64::from(hits) / start.elapsed().as_secs_f64();
    let traffic = subject.line(pace).traffic() - before;
    // Busy with its own stops, it may never hear Ctrl-C.
    gdb.crash();
    FalseHits { stub: subject.stub, place, per_second, traffic }
}

impl Subject {
    /// Returns how often `busy::round` was called.
    fn count(&mut self) -> u32 {
        self.machine.monitor.word(self.busy.rounds_physical)
    }
}
