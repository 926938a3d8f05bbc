//! The last of a chain of three: checks what `relay` passes on.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::log;
use programs::service::{self, Parcel};

programs::program!(main);

const CAPACITY_BYTES: u32 = 1024;

/// How often to say that all is well, in parcels.
const REPORT_EVERY: u32 = 256;

#[inline(never)]
fn main() {
    let inbox =
        service::offer("sink", CAPACITY_BYTES).expect("this is the only sink");
    let mut expected = 0_u32;
    let mut sum = 0_u32;
    loop {
        let parcel = service::receive(inbox).expect("relay sends parcels");
        check(parcel, expected);
        sum = sum.wrapping_add(parcel.value);
        if expected.is_multiple_of(REPORT_EVERY) {
            log!("sink has parcel {expected}, sum {sum}");
        }
        expected = expected.wrapping_add(1);
    }
}

/// Panics unless the parcel is the next one, unharmed.
#[inline(never)]
fn check(parcel: Parcel, expected: u32) {
    let square = expected.wrapping_mul(expected);
    let value = square.wrapping_add(1);
    assert_eq!(parcel, Parcel { number: expected, value });
}
