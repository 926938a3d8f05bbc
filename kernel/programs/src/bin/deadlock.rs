//! Misbehaves: two processes of this program each send to the other until
//! its mailbox is full, and never receive. So each waits for the other.
//!
//! Argument: which of the two it is, `a` or `b`; the default is `a`, which
//! creates `b`.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::message_cost;
use programs::service::{self, Parcel};
use programs::{kernel, log};

programs::program!(main);

/// The capacity of each mailbox, in parcels.
const PARCELS: u32 = 3;

#[inline(never)]
fn main() {
    match kernel::arguments() {
        "b" => send_to("deadlock-a", "deadlock-b"),
        _ => {
            kernel::process_create("deadlock", "b")
                .expect("there is memory for a second one");
            send_to("deadlock-b", "deadlock-a");
        }
    }
}

/// Sends to the service `other`, whose owner sends to the service `own`.
#[inline(never)]
fn send_to(other: &str, own: &str) {
    let capacity_bytes = PARCELS * message_cost(Parcel::BYTES as u32);
    let inbox = service::offer(own, capacity_bytes)
        .expect("there are no more than two of these");
    let other = service::find(other).expect("its name is short enough");
    log!("sends to mailbox {other} and never reads mailbox {inbox}");
    for number in 0.. {
        let parcel = Parcel { number, value: inbox };
        service::send(other, parcel).expect("the other one lives");
    }
}
