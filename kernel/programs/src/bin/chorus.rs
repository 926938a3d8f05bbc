//! Many threads that all wake up at the same ticks: the worst case for a timer
//! interrupt.
//!
//! Arguments: how many threads (1000), and how many milliseconds apart these
//! ticks are (2000).
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use programs::{counts, kernel, log};

programs::program!(main);

const THREADS: u32 = 1000;
const PERIOD_MS: u32 = 2000;

/// How many times threads have woken up, all together.
static WAKES: AtomicU32 = AtomicU32::new(0);

#[inline(never)]
fn main() {
    let [threads, period_ms] =
        counts::from_arguments(kernel::arguments(), [THREADS, PERIOD_MS]);
    let period_ms = period_ms.max(1);
    for _ in 0..threads {
        if let Err(error) = kernel::thread_create(sing, period_ms, "sings") {
            log!("too few threads: {error}");
            break;
        }
    }
    WAKES.store(0, Relaxed);
    for verse in 1_u32.. {
        // A thread that wakes up later is counted in the next verse.
        sleep_until_next(period_ms);
        log!("verse {verse}: {} of {threads}", WAKES.swap(0, Relaxed));
    }
}

extern "C" fn sing(period_ms: u32) -> ! {
    loop {
        sleep_until_next(period_ms);
        WAKES.fetch_add(1, Relaxed);
    }
}

/// Sleeps until the uptime is a multiple of the period.
fn sleep_until_next(period_ms: u32) {
    kernel::sleep(period_ms - kernel::uptime() % period_ms);
}
