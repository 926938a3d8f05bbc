//! Takes what `producer` sends, slowly, from a mailbox for a few messages.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::message_cost;
use programs::service;
use programs::{kernel, log};

programs::program!(main);

/// The largest message that it takes.
const CRATE_BYTES: usize = 64;

/// How many messages wait before a sender does.
const SHELF: u32 = 4;

const PERIOD_MS: u32 = 100;

#[inline(never)]
fn main() {
    let capacity_bytes = SHELF * message_cost(CRATE_BYTES as u32);
    let inbox = service::offer("consumer", capacity_bytes)
        .expect("this is the only consumer");
    log!("consumer takes from mailbox {inbox}, {capacity_bytes} bytes");
    let mut taken = 0_u32;
    loop {
        unpack(inbox, taken);
        taken = taken.wrapping_add(1);
        kernel::sleep(PERIOD_MS);
    }
}

/// Takes one crate and panics unless all of it is the expected one.
#[inline(never)]
fn unpack(inbox: u32, expected: u32) {
    let mut goods = [0; CRATE_BYTES];
    let (envelope, len) = kernel::mailbox_receive(inbox, &mut goods)
        .expect("producer sends crates");
    let (words, rest) = goods[..len].as_chunks();
    let serials = words.iter().map(|word| u32::from_le_bytes(*word));
    assert!(rest.is_empty() && len > 0);
    for serial in serials {
        assert_eq!(serial, expected, "from task {}", envelope.from_task);
    }
}
