//! Misbehaves: calls a function through a wild pointer.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;
use programs::{kernel, log};

programs::program!(main);

const DELAY_MS: u32 = 200;

/// The pointer's value: nothing is mapped so high in process space.
const NOWHERE: usize = 0xDEAD_C0DE;

#[inline(never)]
fn main() {
    kernel::sleep(DELAY_MS);
    call_nowhere();
    log!("came back from nowhere, where a fault was due");
}

/// Calls what is not there.
#[inline(never)]
fn call_nowhere() {
    let address = black_box(NOWHERE);
    let pointer = core::ptr::without_provenance::<()>(address);
    // SAFETY: none is claimed. No page is mapped there, so the processor
    // faults at the first instruction and the kernel ends the process.
    let function =
        unsafe { core::mem::transmute::<*const (), extern "C" fn()>(pointer) };
    function();
    // Code after the call keeps it from becoming a jump.
    black_box(address);
}
