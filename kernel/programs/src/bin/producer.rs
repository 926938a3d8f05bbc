//! Sends to `consumer` as fast as it can, so it mostly waits for room.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::Envelope;
use programs::service::{self, GENERAL};
use programs::{kernel, log};

programs::program!(main);

/// The class of a message that carries a crate.
const CRATE: u32 = 17;

/// The size of a crate.
const CRATE_BYTES: usize = 64;

#[inline(never)]
fn main() {
    let consumer = service::find("consumer").expect("consumer starts");
    log!("producer sends to mailbox {consumer}");
    let mut serial = 0_u32;
    loop {
        let goods = pack(serial);
        deliver(consumer, &goods);
        serial = serial.wrapping_add(1);
    }
}

/// Fills a crate with its serial number.
#[inline(never)]
fn pack(serial: u32) -> [u8; CRATE_BYTES] {
    let mut goods = [0; CRATE_BYTES];
    for word in goods.as_chunks_mut().0 {
        *word = serial.to_le_bytes();
    }
    goods
}

/// Waits until `consumer` has room.
#[inline(never)]
fn deliver(consumer: u32, goods: &[u8; CRATE_BYTES]) {
    let envelope =
        Envelope { protocol: GENERAL, class: CRATE, ..Envelope::default() };
    kernel::mailbox_send(consumer, &envelope, goods)
        .expect("consumer receives");
}
