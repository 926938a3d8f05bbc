//! Misbehaves: dereferences a null pointer soon after it has started.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;
use programs::{kernel, log};

programs::program!(main);

const DELAY_MS: u32 = 200;

#[inline(never)]
fn main() {
    kernel::sleep(DELAY_MS);
    let value = read_null();
    log!("null read {value}, where a fault was due");
}

/// Reads where nothing is mapped.
#[inline(never)]
fn read_null() -> u32 {
    let address = black_box(0_usize);
    let pointer = core::ptr::without_provenance::<u32>(address);
    // SAFETY: none is claimed. No page is mapped at 0, so the processor
    // faults here and the kernel ends the task before anything is read.
    unsafe { pointer.read_volatile() }
}
