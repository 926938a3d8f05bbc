//! The first of a chain of three: sends numbers to `relay`.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::service::{self, Parcel};
use programs::{kernel, log};

programs::program!(main);

const PERIOD_MS: u32 = 40;

#[inline(never)]
fn main() {
    let relay = service::find("relay").expect("relay starts");
    log!("source sends to mailbox {relay}");
    let mut number = 0;
    loop {
        let parcel = next_parcel(number);
        service::send(relay, parcel).expect("relay receives");
        number = number.wrapping_add(1);
        kernel::sleep(PERIOD_MS);
    }
}

/// Returns a number with its square, which `sink` checks.
#[inline(never)]
fn next_parcel(number: u32) -> Parcel {
    let value = number.wrapping_mul(number);
    Parcel { number, value }
}
