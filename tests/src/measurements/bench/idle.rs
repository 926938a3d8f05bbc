//! What the stub costs while no debugger uses it.

use crate::host::deadline::wait_for;
use crate::machine::Setup;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);
/// Enough for a figure that does not depend on where a tick falls.
const MEASUREMENTS: usize = 3;

/// Instructions that a switch of tasks takes, without a stub and with one.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Switches in a second of the machine's time, without a stub.
    pub without: u64,
    /// And with one.
    pub with: u64,
}

/// Counts how much work a system gets done in the same number of
/// instructions, without a stub and with one.
#[must_use]
pub fn measure() -> Idle {
    Idle {
        without: switches(&Setup::without_stub()),
        with: switches(&Setup::demo()),
    }
}

/// A second of the machine's time is the same number of instructions in every
/// machine.
fn switches(setup: &Setup) -> u64 {
    let setup = setup.clone().modules(&["switcher 1000"]);
    let machine = setup.counting_instructions().boot();
    wait_for("`switcher` to measure", LIMIT, || {
        let lines = machine.lines("switcher: ");
        let mut counts = lines.iter().filter_map(|line| {
            let (_, rest) = line.split_once(" for each of ")?;
            rest.split(' ').next()?.parse().ok()
        });
        counts.nth(MEASUREMENTS)
    })
}
