//! The kernel's clock as the emulator sees it, which nothing of ours has
//! told it: a system whose clock stands does not run.

use crate::artifacts;
use crate::artifacts::image::Image;
use crate::host::deadline::wait_until;
use crate::machine::Machine;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Returns where the kernel counts its timer's interrupts.
///
/// # Panics
///
/// Panics if the kernel has no such word.
#[must_use]
pub fn address() -> u32 {
    Image::open(&artifacts::kernel()).address("stormglass_ticks")
}

/// Returns how many there were.
pub fn now(machine: &mut Machine) -> u32 {
    machine.monitor.word(address())
}

/// Waits until there were so many more of them.
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
