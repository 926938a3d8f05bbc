//! The kernel never keeps interrupts off for long: its longest stretch is
//! counted in instructions, which are the same on any host.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::machine::{Machine, Setup};

/// Longer than any of these runs takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(600);

/// 200 microseconds of a processor that executes 200 million instructions
/// a second.
const MOST_INSTRUCTIONS: u32 = 40_000;

/// Microseconds per cycle as the kernel keeps them, if a cycle is a
/// nanosecond: a fraction of 2^32.
const NANOSECOND: u32 = (1_u64 << 32).div_euclid(1000) as u32;

/// Boots these modules where a cycle of the processor's counter is an
/// instruction, lets them work until a line says that they are done, and
/// checks the longest stretch.
fn check(modules: &[&str], done: &str) {
    let setup = Setup::demo().memory_mib(64);
    check_setup(setup.modules(modules), &modules.join(", "), done);
}

fn check_setup(setup: Setup, names: &str, done: &str) -> String {
    let mut machine = setup.counting_instructions().boot();
    let said = machine.wait_for_line(done, LIMIT);
    let image = Image::open(&artifacts::kernel());
    assert_counts_instructions(&mut machine, &image);
    let cycles = image.address("stormglass_longest_masked_cycles");
    let cycles = machine.monitor.word(cycles);
    let [begin, end] = ["begin", "end"].map(|which| {
        let symbol = format!("stormglass_longest_masked_{which}");
        place(&mut machine, image.address(&symbol))
    });
    let text = format!("{names}: {cycles} instructions, {begin} to {end}");
    println!("{text}");
    assert!(cycles > 0, "nothing was counted");
    assert!(cycles <= MOST_INSTRUCTIONS, "interrupts off for {text}");
    said
}

/// QEMU lets a nanosecond pass with each instruction; the kernel has
/// measured its counter against the timer, and must have found the same.
fn assert_counts_instructions(machine: &mut Machine, image: &Image) {
    let at = image.address("stormglass_microseconds_per_cycle");
    let fraction = machine.monitor.word(at);
    let difference = fraction.abs_diff(NANOSECOND);
    assert!(difference < NANOSECOND / 100, "{fraction} of 2^32 µs a cycle");
}

/// File and line of the `Location` whose address is stored at `at`.
fn place(machine: &mut Machine, at: u32) -> String {
    let location = machine.monitor.word(at);
    assert_ne!(location, 0, "no place was kept");
    let memory = machine.dump();
    let word = |index| memory.entry(location, (location & 0xfff) / 4 + index);
    let (name, len, line) = (word(0) as usize, word(1) as usize, word(2));
    let name = memory.0.get(name..name + len).map(String::from_utf8_lossy);
    let name = name.expect("the name of a file is in the image");
    assert!(name.ends_with(".rs"), "{name:?} is no source file");
    format!("{name}:{line}")
}

#[test]
fn the_demo_system_lets_interrupts_in_all_the_time() {
    check(&artifacts::PROGRAMS, "sink: ");
}

#[test]
fn creating_and_ending_processes_lets_interrupts_in() {
    check(&["cycler 100 50"], "cycler: done: 100 rounds");
}

#[test]
fn sharing_windows_lets_interrupts_in() {
    check(&["sharer 100 50"], "sharer: done: 100 rounds");
}

#[test]
fn hostile_system_calls_let_interrupts_in() {
    for fuzzer in ["fuzzer 3 20000", "fuzzer 7 20000"] {
        check(&["guardian 1", fuzzer, "guardian 2"], "fuzzer: done:");
    }
}

#[test]
fn a_window_of_a_mebibyte_lets_interrupts_in() {
    check(&["crowd-window 4"], "crowd-window: crowd-window: 4");
}

#[test]
fn many_processes_let_interrupts_in() {
    check(&["crowd 60 4"], "crowd: crowd: 60 processes of 4");
}

/// The more runs of frames there are, the longer it takes to find one.
#[test]
fn a_thousand_processes_let_interrupts_in() {
    let setup = Setup::demo().memory_mib(512).modules(&["crowd 1000 4"]);
    check_setup(setup, "crowd 1000 4", "crowd: crowd: 1000 processes of 4");
}

#[test]
fn many_who_wake_up_at_once_let_interrupts_in() {
    let setup = Setup::demo().memory_mib(512).modules(&["chorus 9000 2000"]);
    let said = check_setup(setup, "chorus 9000", "chorus: verse 3: ");
    // A task that runs before the counting one in one round may run after
    // it in the next.
    let sang = said.split(' ').nth(3).and_then(|word| word.parse().ok());
    assert!(sang >= Some(8900), "{said}");
}

/// A process of each kind is killed; each line that the kernel prints takes
/// several milliseconds.
#[test]
fn a_console_that_is_slow_lets_interrupts_in() {
    let setup = Setup::demo()
        .memory_mib(64)
        .word("demo=null,overflow,wild")
        .console_baud(115_200);
    check_setup(setup, "a slow console", "sink: ");
}
