//! Misbehaves: recurses without end, until its stack may grow no more.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;
use programs::{kernel, log};

programs::program!(main);

const DELAY_MS: u32 = 200;

/// The minimum size of a call's stack frame: less than a page, so that none is
/// skipped, and so small that no other function has to fill it.
const ROOM_WORDS: usize = 4;

#[inline(never)]
fn main() {
    kernel::sleep(DELAY_MS);
    let depth = descend(1);
    log!("came back from {depth} calls, where a fault was due");
}

/// Recurses, one level deeper.
#[inline(never)]
fn descend(depth: u32) -> u32 {
    let room = black_box([depth; ROOM_WORDS]);
    // The compiler cannot see that this is never true.
    if black_box(depth) == 0 {
        return 0;
    }
    // Code after the call keeps it from becoming a jump.
    descend(depth + 1) + u32::from(room[0] == depth)
}
