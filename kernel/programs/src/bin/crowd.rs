//! Creates many processes with several threads each, and logs how long each
//! creation took, in microseconds of the processor's cycle counter.
//!
//! Arguments: how many processes (1000), and how many tasks each has (4). They
//! live until the first of them is ended; then all of them end.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::Text;
use programs::{counts, kernel, log};

programs::program!(main);

const PROCESSES: u32 = 1000;
const TASKS: u32 = 4;
/// Creations between two lines of the log.
const STEP: u32 = 100;
/// How long a child may take to create its tasks.
const PATIENCE_MS: u32 = 60_000;

#[inline(never)]
fn main() {
    let arguments = &kernel::process_data().arguments;
    match Text(arguments).as_str().strip_prefix("child ") {
        Some(rest) => live(rest),
        None => create(counts::from_arguments(arguments, [PROCESSES, TASKS])),
    }
}

fn create([processes, tasks]: [u32; 2]) {
    let mut arguments = [*b"child 0000"; 1];
    let text = Digits(tasks).write(arguments.as_flattened_mut());
    let start = kernel::uptime();
    let mut before = start;
    for number in 1..=processes {
        let child = kernel::process_create("crowd", text);
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
    loop {
        kernel::sleep(PATIENCE_MS);
    }
}

/// Decimal digits in place of the zeros at the end of a text.
struct Digits(u32);

impl Digits {
    fn write(self, text: &mut [u8]) -> &str {
        let mut rest = self.0;
        for digit in text.iter_mut().rev().take(4) {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Text(text).as_str()
    }
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
    loop {
        kernel::sleep(PATIENCE_MS);
    }
}
