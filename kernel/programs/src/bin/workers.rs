//! One process with five threads: three that count together, one that never
//! yields, and the first one, which checks.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use programs::{kernel, log};

programs::program!(main);

/// The threads that count, by the names that a debugger shows.
const WORKERS: [&str; 3] = ["worker-1", "worker-2", "worker-3"];

const WORK_MS: u32 = 20;
const CHECK_MS: u32 = 250;

/// How far each worker has counted.
static COUNTS: [AtomicU32; WORKERS.len()] =
    [const { AtomicU32::new(0) }; WORKERS.len()];

/// The sum of their counts. A worker adds to its own count first.
static TOTAL: AtomicU32 = AtomicU32::new(0);

/// How many times `spinner` went round its loop.
static SPINS: AtomicU32 = AtomicU32::new(0);

#[inline(never)]
fn main() {
    for (index, name) in (0..).zip(WORKERS) {
        let task = kernel::thread_create(worker, index, name)
            .expect("there is memory for a thread");
        log!("task {task} is {name}");
    }
    kernel::thread_create(spinner, 0, "spinner")
        .expect("there is memory for a thread");
    loop {
        kernel::sleep(CHECK_MS);
        check();
    }
}

extern "C" fn worker(index: u32) -> ! {
    let count = &COUNTS[index as usize];
    loop {
        add_one(count);
        kernel::sleep(WORK_MS);
    }
}

/// Counts in both places. A thread may be preempted between them.
#[inline(never)]
fn add_one(count: &AtomicU32) {
    let before = count.fetch_add(1, Relaxed);
    let total = TOTAL.fetch_add(1, Relaxed);
    assert!(before <= total, "own count {before} is above {total}");
}

/// Panics unless the sum of the counts is the total, or ahead of it by the
/// workers that are between the two.
#[inline(never)]
fn check() {
    let total_before = TOTAL.load(Relaxed);
    let sum: u32 = COUNTS.iter().map(|count| count.load(Relaxed)).sum();
    let total_after = TOTAL.load(Relaxed);
    let between = WORKERS.len() as u32;
    assert!(total_before <= sum, "{sum} is less than {total_before}");
    assert!(sum <= total_after + between, "{sum} is above {total_after}");
}

/// Never sleeps: other threads run only because of the timer.
extern "C" fn spinner(_argument: u32) -> ! {
    loop {
        spin_once();
    }
}

#[inline(never)]
fn spin_once() {
    let spins = SPINS.load(Relaxed);
    SPINS.store(spins.wrapping_add(1), Relaxed);
    core::hint::spin_loop();
}
