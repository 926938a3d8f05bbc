//! How often a breakpoint can be hit while its condition is false.

use super::subject::{Stub, Subject};
use super::tap::{Pace, Traffic};
use crate::artifacts;
use crate::clients::gdb::Gdb;
use crate::clients::host_cli;
use crate::host::deadline::wait_until;
use crate::scenes::ticks;
use std::time::{Duration, Instant};

/// How long the hits are counted, by the host's clock.
const WINDOW: Duration = Duration::from_secs(2);
/// How long by the machine's own clock, in interrupts of its timer.
const WINDOW_TICKS: u32 = 500;
const LIMIT: Duration = Duration::from_secs(120);

/// Where the breakpoint is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// At the function's first instruction, where most breakpoints are: our
    /// stub emulates it.
    First,
    /// At one that the processor has to step over: an `inc` of memory.
    Stepped,
}

/// Which clock measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The host's, so the result depends on the emulator's speed.
    Host,
    /// The machine's own, whose timer interrupts this often a second.
    Machine(u32),
}

/// What was seen while the condition was false.
#[derive(Clone, Copy, Debug)]
pub struct FalseHits {
    /// Whose stub it was.
    pub stub: Stub,
    /// Where the breakpoint was.
    pub place: Place,
    /// Which clock measured it.
    pub clock: Clock,
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
/// Panics with gdb's message if it does not set the breakpoint.
fn measure(
    subject: &mut Subject,
    pace: Pace,
    place: Place,
    clock: Clock,
) -> FalseHits {
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
    let per_second = match clock {
        Clock::Host => {
            let (start, first) = (Instant::now(), subject.count());
            std::thread::sleep(WINDOW);
            let hits = subject.count().wrapping_sub(first);
            f64::from(hits) / start.elapsed().as_secs_f64()
        }
        Clock::Machine(ticks_per_second) => {
            let monitor = &mut subject.machine.monitor;
            let at = ticks::address();
            let mut both = || (monitor.word(at), monitor.word(counter));
            let first = both();
            let mut last = first;
            wait_until("the hits to be counted", LIMIT, || {
                last = both();
                last.0.wrapping_sub(first.0) >= WINDOW_TICKS
            });
            let ticks = f64::from(last.0.wrapping_sub(first.0));
            let hits = f64::from(last.1.wrapping_sub(first.1));
            hits * f64::from(ticks_per_second) / ticks
        }
    };
    let traffic = subject.line(pace).traffic() - before;
    // Busy with its own stops, it may never hear Ctrl-C.
    gdb.crash();
    let stub = subject.stub;
    FalseHits { stub, place, clock, per_second, traffic }
}

/// Counts those of one stub while nothing else runs; `is_counted` does so by
/// the clock of a processor of 250 million instructions a second.
///
/// # Panics
///
/// Panics if gdb sets no breakpoint, or it is never hit.
#[must_use]
pub fn measure_alone(
    stub: Stub,
    places: &[Place],
    is_counted: bool,
) -> Vec<FalseHits> {
    let mut subject = Subject::boot_alone(stub, is_counted);
    let info = host_cli::json(subject.machine.endpoint(), &["info"]);
    let rate = &info.member("stub")["ticks_per_second"];
    let rate = rate.as_u64().expect("a number of interrupts") as u32;
    let clock = if is_counted { Clock::Machine(rate) } else { Clock::Host };
    let pace = if is_counted { Pace::Unpaced } else { Pace::Paced };
    let places = places.iter();
    places.map(|place| measure(&mut subject, pace, *place, clock)).collect()
}

impl Subject {
    /// Returns how often `busy::round` was called.
    fn count(&mut self) -> u32 {
        self.machine.monitor.word(self.busy.rounds_physical)
    }
}
