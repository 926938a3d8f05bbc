//! Sleeps most of the time: 500 ms per turn, or as long as its argument says.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::Text;
use programs::{kernel, log};

programs::program!(main);

const PERIOD_MS: u32 = 500;

#[inline(never)]
fn main() {
    let data = kernel::process_data();
    assert!(data.is_valid(), "the page of process data is another version");
    let period_ms = period(kernel::arguments());
    log!("{} sleeps {period_ms} ms a turn", Text(&data.name));
    let mut turns = 0_u32;
    loop {
        turns = turn(turns, period_ms);
    }
}

/// Returns the arguments as a number of milliseconds, at least 20.
fn period(arguments: &str) -> u32 {
    arguments.trim_ascii().parse().unwrap_or(PERIOD_MS).max(20)
}

/// Sleeps once and returns the number of times so far.
#[inline(never)]
fn turn(turns: u32, period_ms: u32) -> u32 {
    kernel::sleep(period_ms);
    turns.wrapping_add(1)
}
