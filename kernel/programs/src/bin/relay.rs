//! The second of a chain of three: passes on from `source` to `sink`.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::service::{self, Parcel};
use programs::{kernel, log};

programs::program!(main);

const CAPACITY_BYTES: u32 = 1024;

#[inline(never)]
fn main() {
    let inbox = service::offer("relay", CAPACITY_BYTES)
        .expect("this is the only relay");
    let sink = service::find("sink").expect("sink starts");
    log!("relay passes on from mailbox {inbox} to {sink}");
    let mut passed_on = 0_u32;
    loop {
        let parcel = service::receive(inbox).expect("source sends parcels");
        pass_on(sink, parcel);
        passed_on = passed_on.wrapping_add(1);
        if passed_on.is_multiple_of(16) {
            kernel::yield_now();
        }
    }
}

/// Adds one to the value, so that `sink` can tell that it was passed on here.
#[inline(never)]
fn pass_on(sink: u32, parcel: Parcel) {
    let value = parcel.value.wrapping_add(1);
    let marked = Parcel { value, ..parcel };
    service::send(sink, marked).expect("sink receives");
}
