//! Reads the crates that `producer` fills in their shared window, slowly,
//! and only when a message says that one is full.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::message_cost;
use programs::kernel::{Access, Window};
use programs::service::{self, Parcel};
use programs::shelf::{self, CRATE, SHELF, WAITING};
use programs::{kernel, log};

programs::program!(main);

const PERIOD_MS: u32 = 100;

#[inline(never)]
fn main() {
    let capacity_bytes = WAITING * message_cost(Parcel::BYTES as u32);
    let inbox = service::offer(shelf::SERVICE, capacity_bytes)
        .expect("this is the only consumer");
    log!("consumer takes from mailbox {inbox}, {capacity_bytes} bytes");
    let window = open_shelf(inbox);
    let mut taken = 0_u32;
    loop {
        unpack(inbox, &window, taken);
        taken = taken.wrapping_add(1);
        kernel::sleep(PERIOD_MS);
    }
}

/// Waits for the window that holds the crates, and attaches it.
#[inline(never)]
fn open_shelf(inbox: u32) -> Window {
    let Parcel { value: id, .. } =
        service::receive_as(SHELF, inbox).expect("producer names a window");
    let synchronised_by = kernel::window_mailbox(id);
    assert_eq!(synchronised_by, Ok(inbox), "another mailbox's window");
    let window = Window::attach(id, Access::Read).expect("it is shared");
    log!("consumer reads window {id}");
    window
}

/// Takes one crate and panics unless all of it is the expected one.
#[inline(never)]
fn unpack(inbox: u32, window: &Window, expected: u32) {
    let Parcel { number: serial, .. } =
        service::receive_as(CRATE, inbox).expect("producer fills crates");
    assert_eq!(serial, expected, "the next crate is due");
    let goods = shelf::crate_of(window.words(), serial);
    assert!(shelf::is_full(goods, serial), "crate {serial} is damaged");
}
