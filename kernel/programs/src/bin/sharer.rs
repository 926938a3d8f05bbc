//! Shares windows and claims ports, again and again, and ends with them in
//! every order. A leak in the kernel shows in the number of free frames,
//! windows and ports before and after.
//!
//! Arguments: how many rounds (100), and how many of these have children (100).
//! A child shares a window with its parent and ends.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::{Error, MAX_WINDOW_PAGES, WINDOW_SHARED};
use core::sync::atomic::Ordering::Relaxed;
use programs::kernel::{Access, Ports, Window};
use programs::service::{self, Parcel};
use programs::{counts, kernel, log};

programs::program!(main);

const ROUNDS: u32 = 100;
/// How long anything may take.
const PATIENCE_MS: u32 = 10_000;
/// The mailbox in which children report their windows.
const SERVICE: &str = "sharer";
const CAPACITY_BYTES: u32 = 256;
/// What children write into their windows.
const HEIRLOOM: u32 = 0x5EED_1E55;
const CHILD_PAGES: u32 = 5;
/// Ports of no device, up to the last that there is a bit for.
const FIRST_PORT: u16 = 0x7CB0;
const PORTS: u16 = 8;

#[inline(never)]
fn main() {
    match kernel::arguments() {
        "exit" => leave(),
        "fault" => {
            leave();
            kernel::crash()
        }
        "sleep" => {
            leave();
            kernel::sleep(u32::MAX);
        }
        numbers => run(counts::from_arguments(numbers, [ROUNDS; 2])),
    }
}

fn run([rounds, full_rounds]: [u32; 2]) {
    let inbox =
        service::offer(SERVICE, CAPACITY_BYTES).expect("the name is free");
    // The first of everything may cost the kernel a page permanently.
    go(inbox, 1, 1);
    log!("shares {rounds} rounds, {full_rounds} of them with children");
    let start = kernel::uptime();
    go(inbox, rounds, full_rounds);
    let all = kernel::uptime().wrapping_sub(start);
    log!("done: {rounds} rounds in {all} ms");
    kernel::rest()
}

fn go(inbox: u32, rounds: u32, full_rounds: u32) {
    for round in 0..rounds {
        share(1 + round % 9);
        if round < full_rounds {
            refusals();
            for manner in ["exit", "fault", "sleep"] {
                inherit(inbox, manner);
            }
        }
    }
}

/// Creates, attaches, detaches and destroys, in two orders.
fn share(pages: u32) {
    let create =
        || kernel::window_create(pages, 0, 0).expect("there is memory");
    let attach =
        |window| Window::attach(window, Access::Write).expect("it is our own");
    let (first, second) = (create(), create());
    let (one, two) = (attach(first), attach(second));
    for word in one.words().iter().chain(two.words()) {
        assert_eq!(word.swap(HEIRLOOM, Relaxed), 0, "not zeroed");
    }
    drop(one);
    kernel::window_destroy(first).expect("it is our own");
    kernel::window_destroy(second).expect("it is our own");
    assert!(two.words().iter().all(|word| word.load(Relaxed) == HEIRLOOM));
    drop(two);
    let ports = Ports::claim(FIRST_PORT, PORTS).expect("they are free");
    assert_eq!(ports.read(PORTS - 1), 0xFF, "there is no device");
}

/// Asks for what must be refused.
fn refusals() {
    for (pages, error) in [
        (0, Error::InvalidArgument),
        (MAX_WINDOW_PAGES + 1, Error::InvalidArgument),
        (u32::MAX, Error::InvalidArgument),
    ] {
        assert_eq!(kernel::window_create(pages, 0, 0), Err(error));
    }
    match kernel::window_create(MAX_WINDOW_PAGES, 0, 0) {
        Ok(largest) => {
            let window = Window::attach(largest, Access::Write);
            kernel::window_destroy(largest).expect("it is our own");
            drop(window.expect("there is memory for its tables"));
        }
        Err(error) => assert_eq!(error, Error::OutOfMemory),
    }
    let create = kernel::window_create(1, u32::MAX, 0);
    assert_eq!(create, Err(Error::MailboxUnavailable));
    assert_eq!(kernel::window_create(1, 0, 4), Err(Error::InvalidArgument));
    for window in [0, u32::MAX] {
        let unavailable = Error::WindowUnavailable;
        let attach = Window::attach(window, Access::Read).err();
        assert_eq!(attach, Some(unavailable));
        assert_eq!(kernel::window_destroy(window), Err(unavailable));
        assert_eq!(kernel::window_mailbox(window), Err(unavailable));
    }
    for (first, count, error) in [
        (FIRST_PORT, 0, Error::InvalidArgument),
        (u16::MAX, 2, Error::InvalidArgument),
        (FIRST_PORT, PORTS + 1, Error::PortOutOfReach),
        (u16::MAX, 1, Error::PortOutOfReach),
        // The interrupt controller is the kernel's.
        (0x1F, 2, Error::Busy),
    ] {
        assert_eq!(Ports::claim(first, count).err(), Some(error));
    }
}

/// Takes over the window of a child that ends.
fn inherit(inbox: u32, manner: &str) {
    let child = kernel::process_create(SERVICE, manner)
        .expect("there is memory for a child");
    let Parcel { value: id, .. } =
        service::receive(inbox).expect("the child names its window");
    // A child that has ended already has destroyed it.
    let window = Window::attach(id, Access::Read);
    if manner == "sleep" {
        kernel::process_kill(child).expect("it is our own child");
    }
    kernel::process_wait(child, PATIENCE_MS).expect("a child ends");
    if let Ok(window) = &window {
        let words = window.words();
        assert!(words.iter().all(|word| word.load(Relaxed) == HEIRLOOM));
    }
    assert!(window.is_ok() || manner != "sleep", "it did not end");
    let late = Window::attach(id, Access::Read).err();
    assert_eq!(late, Some(Error::WindowUnavailable));
    // Its ports are free again.
    drop(Ports::claim(FIRST_PORT, PORTS).expect("they are free"));
}

/// Does what a child does before it ends: shares and claims, without cleaning
/// up.
fn leave() {
    let parent = service::find(SERVICE).expect("it has started us");
    let create = || {
        kernel::window_create(CHILD_PAGES, parent, WINDOW_SHARED)
            .expect("there is memory")
    };
    let (shared, _forgotten) = (create(), create());
    let window = Window::attach(shared, Access::Write).expect("our own");
    for word in window.words() {
        word.store(HEIRLOOM, Relaxed);
    }
    let ports = Ports::claim(FIRST_PORT, PORTS).expect("they are free");
    core::mem::forget((window, ports));
    let parcel = Parcel { number: 0, value: shared };
    service::send(parent, parcel).expect("it receives");
}
