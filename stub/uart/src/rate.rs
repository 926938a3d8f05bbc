//! Baud rates, and what depends on them.

use uart_16550::spec::registers::FifoTriggerLevel;
use uart_16550::spec::{CLK_FREQUENCY_HZ, calc_divisor};

/// The highest rate in bits per second, at which the divisor is 1.
pub const FASTEST_BAUD: u32 = CLK_FREQUENCY_HZ / 16;

/// Returns the divisor for a rate in bits per second; none if the rate would
/// not be exact.
pub fn divisor(baud: u32) -> Option<u16> {
    if baud == 0 {
        return None;
    }
    calc_divisor(CLK_FREQUENCY_HZ, baud, None).ok()
}

/// How long a receiver must be able to wait after it has raised an interrupt,
/// in microseconds: the time of eight bytes at the highest rate. The kernel
/// never keeps interrupts off for that long.
const WAIT_US: u32 = 8 * 10 * 1_000_000 / FASTEST_BAUD;

/// Returns the highest trigger level that leaves the receiver room for
/// [`WAIT_US`].
pub(super) fn trigger(baud: u32) -> FifoTriggerLevel {
    const LEVELS: [FifoTriggerLevel; 3] = [
        FifoTriggerLevel::Fourteen,
        FifoTriggerLevel::Eight,
        FifoTriggerLevel::Four,
    ];
    let fits = |level| {
        let left = 16 - u32::from(bytes(level));
        left * 10 * 1_000_000 / baud.max(1) >= WAIT_US
    };
    let found = LEVELS.into_iter().find(|level| fits(*level));
    found.unwrap_or(FifoTriggerLevel::One)
}

pub(super) const fn bytes(level: FifoTriggerLevel) -> u8 {
    match level {
        FifoTriggerLevel::One => 1,
        FifoTriggerLevel::Four => 4,
        FifoTriggerLevel::Eight => 8,
        FifoTriggerLevel::Fourteen => 14,
    }
}
