//! Creates many processes with several threads each, and logs how long each
//! creation took, in microseconds of the processor's cycle counter.
//!
//! Arguments: how many processes (1000), and how many tasks each has (4). They
//! live until the first of them is ended; then all of them end.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::log::Line;
use programs::{counts, kernel, log};

programs::program!(main);

const PROCESSES: u32 = 1000;
const TASKS: u32 = 4;
/// Creations between two lines of the log.
const STEP: u32 = 100;

#[inline(never)]
fn main() {
    let arguments = kernel::arguments();
    match arguments.strip_prefix("child ") {
        Some(rest) => live(rest),
        None => create(counts::from_arguments(arguments, [PROCESSES, TASKS])),
    }
}

fn create([processes, tasks]: [u32; 2]) {
    let text = Line::of(format_args!("child {tasks}"));
    let start = kernel::uptime();
    let mut before = start;
    for number in 1..=processes {
        let child = kernel::process_create("crowd", text.as_str());
        if let Err(error) = child {
            log!("crowd: stopped at process {number}: {error}");
            break;
        }
        if number % STEP == 0 {
            let now = kernel::uptime();
            let each = now.wrapping_sub(before) * 1000 / STEP;
            log!("crowd: {number} processes, {each} us for each of {STEP}");
            before = now;
        }
    }
    let all = kernel::uptime().wrapping_sub(start);
    log!("crowd: {processes} processes of {tasks} tasks in {all} ms");
    kernel::rest()
}

/// Has so many tasks in all, which sleep.
fn live(tasks: &str) {
    let tasks = tasks.parse().unwrap_or(TASKS);
    for _ in 1..tasks {
        if let Err(error) = kernel::thread_create(sleep, 0, "sleeps") {
            log!("crowd: a child has too few tasks: {error}");
            break;
        }
    }
    sleep(0)
}

extern "C" fn sleep(_: u32) -> ! {
    kernel::rest()
}
