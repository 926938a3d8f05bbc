//! Misbehaves: sends to a mailbox that is never read, and so blocks for good
//! once it is full.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::message_cost;
use programs::log;
use programs::service::{self, Parcel};

programs::program!(main);

/// The mailbox's capacity, in parcels.
const PARCELS: u32 = 8;

#[inline(never)]
fn main() {
    let capacity_bytes = PARCELS * message_cost(Parcel::BYTES as u32);
    let mailbox =
        service::offer("full", capacity_bytes).expect("the name is free");
    log!("sends to mailbox {mailbox}, which is never read");
    for number in 0.. {
        let parcel = Parcel { number, value: mailbox };
        service::send(mailbox, parcel).expect("it is our own mailbox");
    }
}
