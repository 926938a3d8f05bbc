//! Misbehaves: calls itself without end, so that its stack grows until the
//! kernel lets it grow no more.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;
use programs::{kernel, log};

programs::program!(main);

const DELAY_MS: u32 = 200;

/// What each call leaves on the stack at least: less than a page, so that
/// none is skipped, and so little that no other function has to fill it.
const ROOM_WORDS: usize = 4;

#[inline(never)]
fn main() {
    kernel::sleep(DELAY_MS);
    let depth = descend(1);
    log!("came back from {depth} calls, where a fault was due");
}

/// Calls itself, one deeper.
#[inline(never)]
fn descend(depth: u32) -> u32 {
    let room = black_box([depth; ROOM_WORDS]);
    // The compiler does not see that this is never so.
    if black_box(depth) == 0 {
        return 0;
    }
    // What comes after the call keeps it from becoming a jump.
    descend(depth + 1) + u32::from(room[0] == depth)
}
