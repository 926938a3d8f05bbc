//! Guards memory that no other process may change: fills it, checks that it is
//! unchanged, and changes it, again and again.
//!
//! Argument: a seed (1), so that two guardians guard different bytes.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::random::Random;
use programs::{counts, kernel, log};

programs::program!(main);

const PAGES: u32 = 16;
const TURN_MS: u32 = 50;
/// How many turns pass between two messages that all is well.
const TURNS_PER_REPORT: u32 = 10;

#[inline(never)]
fn main() {
    let [seed] = counts::from_arguments(kernel::arguments(), [1]);
    let memory =
        kernel::memory_allocate(PAGES).expect("there is memory to guard");
    fill(memory, seed);
    for turn in 0_u32.. {
        kernel::sleep(TURN_MS);
        check(memory, seed.wrapping_add(turn));
        fill(memory, seed.wrapping_add(turn + 1));
        if turn.is_multiple_of(TURNS_PER_REPORT) {
            log!("intact after {turn} turns");
        }
    }
}

#[inline(never)]
fn fill(memory: &mut [u8], seed: u32) {
    let mut random = Random::new(seed);
    memory.fill_with(|| random.number() as u8);
}

/// Panics unless the bytes are those written by [`fill`].
#[inline(never)]
fn check(memory: &[u8], seed: u32) {
    let mut random = Random::new(seed);
    for (index, byte) in memory.iter().enumerate() {
        let expected = random.number() as u8;
        assert_eq!(*byte, expected, "byte {index} has changed");
    }
}
