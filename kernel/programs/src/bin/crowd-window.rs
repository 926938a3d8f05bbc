//! Three processes on one shared window of 1 MiB: this one, which checks, and
//! two writers, each with every other page. A writer refills its pages in each
//! round and sends their checksum. At the end one writer exits and the other
//! crashes, and the window must not show it.
//!
//! Argument: how many rounds (8).
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::{Error, WINDOW_SHARED, WINDOW_SHARED_WRITABLE};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use programs::kernel::{Access, Window};
use programs::log::Line;
use programs::service::{self, Parcel};
use programs::{counts, kernel, log};

programs::program!(main);

const NAME: &str = "crowd-window";
/// 1 MiB.
const PAGES: u32 = 256;
const PAGE_WORDS: usize = kernel::PAGE_BYTES / 4;
const WRITERS: u32 = 2;
const ROUNDS: u32 = 8;
const CAPACITY_BYTES: u32 = 1024;
/// How long a writer may take to end, in milliseconds.
const PATIENCE_MS: u32 = 10_000;
/// In place of a round: there will be no more.
const NO_ROUND: u32 = u32::MAX;

#[inline(never)]
fn main() {
    let arguments = kernel::arguments();
    match arguments.strip_prefix("writer ") {
        Some(rest) => write(counts::from_arguments(rest, [0; 4])),
        None => {
            let [rounds] = counts::from_arguments(arguments, [ROUNDS]);
            check(rounds);
        }
    }
}

fn check(rounds: u32) {
    let inbox = service::offer(NAME, CAPACITY_BYTES).expect("the name is free");
    let create = |pages, rights| {
        kernel::window_create(pages, inbox, rights).expect("there is memory")
    };
    let id = create(PAGES, WINDOW_SHARED | WINDOW_SHARED_WRITABLE);
    let private = create(1, 0);
    let read_only = create(1, WINDOW_SHARED);
    let window = Window::attach(id, Access::Read).expect("it is our own");
    assert!(window.words().iter().all(|word| word.load(Relaxed) == 0));
    assert_eq!(refusal(id, Access::Write), Some(Error::Busy));

    let writers: [u32; WRITERS as usize] = core::array::from_fn(|number| {
        let text = Line::of(format_args!(
            "writer {number} {id} {private} {read_only}"
        ));
        kernel::process_create(NAME, text.as_str()).expect("there is memory")
    });
    let mut inboxes = [0; WRITERS as usize];
    for _ in 0..WRITERS {
        let Parcel { number, value } =
            service::receive(inbox).expect("a writer names its mailbox");
        inboxes[number as usize] = value;
    }
    let mut sums = [0; WRITERS as usize];
    for round in 0..rounds {
        tell_all(&inboxes, round);
        for _ in 0..WRITERS {
            let Parcel { number, value } =
                service::receive(inbox).expect("a writer has written");
            sums[number as usize] = value;
        }
        expect(window.words(), sums);
    }
    tell_all(&inboxes, NO_ROUND);
    for writer in writers {
        kernel::process_wait(writer, PATIENCE_MS).expect("a writer ends");
    }
    expect(window.words(), sums);
    kernel::window_destroy(id).expect("it is our own");
    assert_eq!(refusal(id, Access::Read), Some(Error::WindowUnavailable));
    // It is still attached here.
    expect(window.words(), sums);
    drop(window);
    for small in [private, read_only] {
        kernel::window_destroy(small).expect("it is our own");
    }
    log!("{NAME}: {rounds} rounds, all is well");
}

fn tell_all(inboxes: &[u32], round: u32) {
    for inbox in inboxes {
        let parcel = Parcel { number: round, value: 0 };
        service::send(*inbox, parcel).expect("a writer receives");
    }
}

/// Panics unless the pages of each writer have its checksum.
#[inline(never)]
fn expect(window: &[AtomicU32], sums: [u32; WRITERS as usize]) {
    for (writer, sum) in (0..).zip(sums) {
        assert_eq!(checksum(window, writer), sum, "pages of writer {writer}");
    }
}

fn write([number, id, private, read_only]: [u32; 4]) {
    assert_eq!(refusal(private, Access::Read), Some(Error::AccessDenied));
    assert_eq!(refusal(read_only, Access::Write), Some(Error::AccessDenied));
    assert_eq!(refusal(read_only, Access::Read), None);
    assert_eq!(kernel::window_destroy(id), Err(Error::AccessDenied));
    let checker = service::find(NAME).expect("it has started us");
    assert_eq!(kernel::window_mailbox(id), Ok(checker));
    let window = Window::attach(id, Access::Write).expect("it is shared");
    let inbox = kernel::mailbox_create(CAPACITY_BYTES)
        .expect("there is memory for a mailbox");
    let send = |value| {
        let parcel = Parcel { number, value };
        service::send(checker, parcel).expect("it receives");
    };
    send(inbox);
    loop {
        let Parcel { number: round, .. } =
            service::receive(inbox).expect("the next round");
        if round == NO_ROUND {
            break;
        }
        fill(window.words(), number, round);
        send(checksum(window.words(), number));
    }
    if number > 0 {
        kernel::crash();
    }
}

/// Returns why a window cannot be attached; none if it can.
fn refusal(window: u32, access: Access) -> Option<Error> {
    Window::attach(window, access).err()
}

/// Returns the words of the pages that a writer has.
fn words_of(
    window: &[AtomicU32],
    writer: u32,
) -> impl Iterator<Item = &AtomicU32> {
    let pages = window.chunks_exact(PAGE_WORDS);
    pages.skip(writer as usize).step_by(WRITERS as usize).flatten()
}

/// Fills a writer's pages, with a yield now and then.
#[inline(never)]
fn fill(window: &[AtomicU32], writer: u32, round: u32) {
    let mut state = (round + 1) * WRITERS + writer;
    for (index, word) in words_of(window, writer).enumerate() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        word.store(state, Relaxed);
        if index % (16 * PAGE_WORDS) == 0 {
            kernel::yield_now();
        }
    }
}

#[inline(never)]
fn checksum(window: &[AtomicU32], writer: u32) -> u32 {
    words_of(window, writer)
        .fold(writer, |sum, word| sum.rotate_left(5) ^ word.load(Relaxed))
}
