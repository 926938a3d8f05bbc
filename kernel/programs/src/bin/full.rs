//! Misbehaves: sends to a mailbox that nobody reads, and so waits for ever
//! once it is full.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::message_cost;
use programs::log;
use programs::service::{self, Parcel};

programs::program!(main);

/// What fits into the mailbox, in parcels.
const PARCELS: u32 = 8;

#[inline(never)]
fn main() {
    let capacity_bytes = PARCELS * message_cost(Parcel::BYTES as u32);
    let mailbox = service::offer("full", capacity_bytes)
        .expect("nobody else has this name");
    log!("sends to mailbox {mailbox}, which nobody reads");
    for number in 0.. {
        let parcel = Parcel { number, value: mailbox };
        service::send(mailbox, parcel).expect("it is our own mailbox");
    }
}
