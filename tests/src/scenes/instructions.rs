//! Instructions, each executed by itself, and what it leaves behind: for tests
//! that compare a debugged run with one without a debugger.

pub mod case;
mod flags;
mod memory;
mod ordinary;
pub mod program;

use case::Case;

/// Returns the cases for `ring`: those that concern flags, interrupts and
/// traps, and one in `every` of the others.
#[must_use]
pub fn cases(ring: u8, every: usize) -> Vec<Case> {
    let ordinary = ordinary::cases().into_iter().step_by(every);
    let all = flags::cases().into_iter().chain(ordinary);
    all.filter(|case| case.ring.has(ring)).collect()
}
