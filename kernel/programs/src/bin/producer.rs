//! Fills crates in a window that it shares with `consumer`, as fast as it
//! can; so it mostly waits for room in the mailbox that synchronises them.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::WINDOW_SHARED;
use programs::kernel::{Access, Window};
use programs::service::{self, Parcel};
use programs::shelf::{self, CRATE, PAGES, SHELF};
use programs::{kernel, log};

programs::program!(main);

#[inline(never)]
fn main() {
    let consumer = service::find(shelf::SERVICE).expect("consumer starts");
    let id = kernel::window_create(PAGES, consumer, WINDOW_SHARED)
        .expect("there is memory for a shelf");
    let window = Window::attach(id, Access::Write).expect("it is our own");
    log!("producer fills window {id} and sends to mailbox {consumer}");
    tell(consumer, SHELF, Parcel { number: 0, value: id });
    let mut serial = 0_u32;
    loop {
        shelf::fill(shelf::crate_of(window.words(), serial), serial);
        tell(consumer, CRATE, Parcel { number: serial, value: id });
        serial = serial.wrapping_add(1);
    }
}

/// Waits until `consumer` has room.
#[inline(never)]
fn tell(consumer: u32, class: u32, parcel: Parcel) {
    service::send_as(class, consumer, parcel).expect("consumer receives");
}
