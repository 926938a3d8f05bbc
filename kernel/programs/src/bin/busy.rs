//! Never rests: whenever a debugger stops the system, this is what it finds.
//! For measurements.
//!
//! Its memory holds incompressible bytes; it logs their address.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::sync::atomic::{AtomicU32, Ordering};
use programs::random::Random;
use programs::{kernel, log};

programs::program!(main);

const SEED: u32 = 1;
const PAGES: u32 = 16;
/// How many rounds pass between two yields.
const ROUNDS_PER_TURN: u32 = 1000;

/// How many times [`round`] was called.
static ROUNDS: AtomicU32 = AtomicU32::new(0);

#[inline(never)]
fn main() {
    let memory = kernel::memory_allocate(PAGES).expect("there is memory");
    let mut random = Random::new(SEED);
    memory.fill_with(|| random.number() as u8);
    log!("{} random bytes at {:p}", memory.len(), memory.as_ptr());
    loop {
        for turn in 0..ROUNDS_PER_TURN {
            round(turn);
        }
        kernel::yield_now();
    }
}

/// A function for breakpoints, with a few lines to step through.
#[inline(never)]
fn round(turn: u32) {
    let rounds = ROUNDS.load(Ordering::Relaxed);
    let next = rounds.wrapping_add(1);
    ROUNDS.store(next, Ordering::Relaxed);
    core::hint::black_box(turn);
}
