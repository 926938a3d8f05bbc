//! The kernel's clock as the emulator sees it, independently of our code: a
//! system whose clock has stopped does not run.

use crate::artifacts;
use crate::artifacts::image::Image;
use crate::host::deadline::wait_until;
use crate::machine::{Machine, Stopwatch};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
/// Longer than anything is counted on a slow machine.
const COUNT_LIMIT: Duration = Duration::from_secs(600);

/// Returns where the kernel counts its timer's interrupts.
///
/// # Panics
///
/// Panics if the kernel has no such word.
#[must_use]
pub fn address() -> u32 {
    Image::open(&artifacts::kernel()).address("stormglass_ticks")
}

/// Returns the count.
pub fn now(machine: &mut Machine) -> u32 {
    machine.monitor.word(address())
}

/// Waits for this many more of them.
///
/// # Panics
///
/// Panics if they do not come.
pub fn wait_for(machine: &mut Machine, more: u32) {
    let at = address();
    let first = machine.monitor.word(at);
    wait_until("the timer to tick on", LIMIT, || {
        machine.monitor.word(at).wrapping_sub(first) >= more
    });
}

/// Ticks that were counted, and the machine's own time meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// How many there were.
    pub ticks: u32,
    /// The time, in seconds.
    pub seconds: f64,
}

/// Counts ticks for as long as `goes_on`, which is told how many seconds of
/// the machine's own time have passed.
///
/// # Panics
///
/// Panics if that never ends.
pub fn count(
    machine: &mut Machine,
    mut goes_on: impl FnMut(f64) -> bool,
) -> Count {
    let at = address();
    let monitor = &mut machine.monitor;
    monitor.stop();
    let (mut watch, first) = (Stopwatch::start(monitor), monitor.word(at));
    monitor.cont();
    wait_until("the counting to end", COUNT_LIMIT, || {
        !goes_on(watch.seconds(monitor))
    });
    monitor.stop();
    let (seconds, last) = (watch.seconds(monitor), monitor.word(at));
    monitor.cont();
    Count { ticks: last.wrapping_sub(first), seconds }
}
