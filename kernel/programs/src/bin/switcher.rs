//! Measures the cost of a context switch: two threads yield to each other, and
//! the first one logs how long that took.
//!
//! Argument: how long each measurement lasts, in milliseconds (1000). The
//! figure is the cost of a switch only while no other task is ready.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::{counts, kernel, log};

programs::program!(main);

const PERIOD_MS: u32 = 1000;
/// Rounds between two checks of the clock.
const ROUNDS: u32 = 50;
/// In each round the processor switches to the other thread and back.
const SWITCHES: u32 = 2 * ROUNDS;

#[inline(never)]
fn main() {
    let [period_ms] = counts::from_arguments(kernel::arguments(), [PERIOD_MS]);
    kernel::thread_create(answer, 0, "answers")
        .expect("there is memory for a thread");
    loop {
        let (switches, elapsed_ms) = measure(period_ms);
        let each = u64::from(elapsed_ms) * 1_000_000 / u64::from(switches);
        log!("{each} ns for each of {switches} switches");
    }
}

/// Switches for this long; returns how often, and how long that took.
fn measure(period_ms: u32) -> (u32, u32) {
    // From one tick of the clock to another: it says nothing in between.
    let start = next_tick(kernel::uptime());
    let mut switches = 0;
    loop {
        switch();
        switches += SWITCHES;
        let elapsed_ms = kernel::uptime().wrapping_sub(start);
        if elapsed_ms >= period_ms {
            return (switches, elapsed_ms);
        }
    }
}

fn next_tick(now: u32) -> u32 {
    loop {
        let later = kernel::uptime();
        if later != now {
            return later;
        }
    }
}

/// Yields, and returns when it is this thread's turn again.
#[inline(never)]
fn switch() {
    for _ in 0..ROUNDS {
        kernel::yield_now();
    }
}

extern "C" fn answer(_argument: u32) -> ! {
    loop {
        kernel::yield_now();
    }
}
