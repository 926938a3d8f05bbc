//! Creates and ends things repeatedly, and logs how often: children, threads,
//! mailboxes, memory. A leak in the kernel shows in the number of free frames
//! before and after.
//!
//! Arguments: how many rounds (100), and how many of these do more than create,
//! wait and end (100). A child ends at once, in one of the ways in which a
//! process can end.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::{Envelope, Error, STATUS_FAULT, STATUS_KILLED, message_cost};
use core::hint::black_box;
use programs::kernel::{self, Patience};
use programs::{counts, log};

programs::program!(main);

const ROUNDS: u32 = 100;
/// How long anything may take.
const PATIENCE_MS: u32 = 10_000;
const INVALID_OPCODE: u32 = 6;
/// How deep a child recurses: each level takes more than 1 KiB of stack, so
/// that it grows by hundreds of pages.
const DEPTH: u32 = 1003;

#[inline(never)]
fn main() {
    let data = kernel::process_data();
    assert!(data.is_valid(), "the page of process data is another version");
    match kernel::arguments() {
        "exit" => kernel::exit(7),
        "fault" => kernel::crash(),
        "deep" => kernel::exit(deep(DEPTH) & 7),
        "threads" => {
            have_threads();
            kernel::exit(3)
        }
        "creators" => {
            have_creators();
            kernel::crash()
        }
        "threads fault" => {
            have_threads();
            kernel::crash()
        }
        "sleep" => kernel::sleep(u32::MAX),
        "orphans" => leave_orphans(),
        numbers => run(counts::from_arguments(numbers, [ROUNDS; 2])),
    }
}

fn run([rounds, full_rounds]: [u32; 2]) {
    // The first of everything may cost the kernel a page permanently.
    go(1, 1);
    log!("goes {rounds} rounds, {full_rounds} of them in full");
    let start = kernel::uptime();
    go(rounds, full_rounds);
    let all = kernel::uptime().wrapping_sub(start);
    log!("done: {rounds} rounds in {all} ms");
    kernel::rest()
}

fn go(rounds: u32, full_rounds: u32) {
    for round in 0..rounds {
        create_and_end(round);
        if round < full_rounds {
            children();
            threads();
            mailboxes();
            memory(round % 40 + 1);
        }
    }
}

/// Creates one of everything and ends it.
fn create_and_end(round: u32) {
    assert_eq!(child("exit"), Ok(7));
    let task = kernel::thread_create(end, 0, "short");
    let task = task.expect("there is memory for a thread");
    assert_eq!(kernel::task_wait(task, PATIENCE_MS), Ok(()));
    let mailbox = kernel::mailbox_create(message_cost(round % 8192));
    let mailbox = mailbox.expect("there is memory for a mailbox");
    kernel::mailbox_destroy(mailbox).expect("it is ours");
    let memory = kernel::memory_allocate(round % 8 + 1);
    kernel::memory_free(memory.expect("there is memory")).expect("it is ours");
}

/// Has children that end in every way.
fn children() {
    assert_eq!(child("exit"), Ok(7));
    assert_eq!(child("fault"), Ok(STATUS_FAULT + INVALID_OPCODE));
    assert_eq!(child("deep"), Ok(DEPTH & 7));
    assert_eq!(child("threads"), Ok(3));
    assert_eq!(child("threads fault"), Ok(STATUS_FAULT + INVALID_OPCODE));
    assert_eq!(child("creators"), Ok(STATUS_FAULT + INVALID_OPCODE));
    assert_eq!(child("orphans"), Ok(0));
    let sleeper = kernel::process_create("cycler", "sleep");
    let sleeper = sleeper.expect("there is memory for a child");
    assert_eq!(kernel::process_wait(sleeper, 10), Err(Error::TimedOut));
    kernel::process_kill(sleeper).expect("it is our child");
    let status = kernel::process_wait(sleeper, PATIENCE_MS);
    assert_eq!(status, Ok(STATUS_KILLED));
    let again = kernel::process_wait(sleeper, PATIENCE_MS);
    assert_eq!(again, Err(Error::ProcessUnavailable));
    assert_eq!(kernel::process_kill(1), Err(Error::AccessDenied));
    let nobody = kernel::process_create("nobody", "");
    assert_eq!(nobody, Err(Error::ProgramUnavailable));
}

fn child(how: &str) -> Result<u32, Error> {
    kernel::process_wait(kernel::process_create("cycler", how)?, PATIENCE_MS)
}

/// Recurses, using more stack at each level, and counts the levels.
fn deep(depth: u32) -> u32 {
    let room = black_box([depth as u8; 1024]);
    let below = if depth > 1 { deep(depth - 1) } else { 0 };
    assert_eq!(room[1023], depth as u8, "somebody else's stack");
    below + 1
}

/// Has threads that sleep, send and receive for a while, and then end with
/// status 3.
fn have_threads() {
    let full = kernel::mailbox_create(message_cost(4));
    let full = full.expect("there is memory for a mailbox");
    let empty = kernel::mailbox_create(message_cost(4));
    let empty = empty.expect("there is memory for a mailbox");
    for (entry, argument) in [
        (destroy_later as kernel::ThreadEntry, empty),
        (send_much, full),
        (send_much, full),
        (receive_one, empty),
    ] {
        kernel::thread_create(entry, argument, "waits")
            .expect("there is memory for a thread");
    }
    kernel::yield_now();
    kernel::yield_now();
}

extern "C" fn destroy_later(mailbox: u32) -> ! {
    kernel::sleep(20);
    let destroyed = kernel::mailbox_destroy(mailbox);
    kernel::exit(if destroyed.is_ok() { 3 } else { 4 })
}

extern "C" fn send_much(mailbox: u32) -> ! {
    let envelope = Envelope::default();
    let patience = Patience::Milliseconds(20);
    let send =
        || kernel::mailbox_send_within(patience, mailbox, &envelope, b"much");
    while send().is_ok() {}
    kernel::exit(3)
}

extern "C" fn receive_one(mailbox: u32) -> ! {
    let mut buffer = [0; 4];
    let got = kernel::mailbox_receive(mailbox, &mut buffer);
    let is_gone = got.err() == Some(Error::MailboxUnavailable);
    kernel::exit(if is_gone { 3 } else { 4 })
}

extern "C" fn end(_: u32) -> ! {
    kernel::exit(3)
}

/// Has threads that create children until the process dies of something else.
fn have_creators() {
    for _ in 0..3 {
        kernel::thread_create(create_much, 0, "creates")
            .expect("there is memory for a thread");
    }
    kernel::sleep(20);
}

extern "C" fn create_much(_: u32) -> ! {
    // Once memory is short, there are enough of them.
    while kernel::process_create("cycler", "exit").is_ok() {
        kernel::sleep(10);
    }
    kernel::exit(3)
}

/// Ends before its children do, with everything that it has.
fn leave_orphans() {
    kernel::memory_allocate(100).expect("there is memory");
    let mailbox = kernel::mailbox_create(10_000);
    let mailbox = mailbox.expect("there is memory for a mailbox");
    kernel::service_publish("orphans", mailbox).expect("the name is free");
    for how in ["exit", "fault"] {
        kernel::process_create("cycler", how)
            .expect("there is memory for a child");
    }
}

/// Has threads that end before and after another waits for them.
fn threads() {
    for _ in 0..4 {
        let task = kernel::thread_create(end, 0, "short");
        let task = task.expect("there is memory for a thread");
        assert_eq!(kernel::task_wait(task, PATIENCE_MS), Ok(()));
        assert_eq!(kernel::task_wait(task, PATIENCE_MS), Ok(()));
    }
    let own = kernel::process_data().task;
    assert_eq!(kernel::task_wait(own, 1), Err(Error::InvalidArgument));
    assert_eq!(kernel::task_wait(1, 1), Err(Error::InvalidArgument));
}

/// Fills a mailbox, empties it in order, and destroys it while a task waits to
/// receive.
fn mailboxes() {
    let mailbox = kernel::mailbox_create(3 * message_cost(4));
    let mailbox = mailbox.expect("there is memory for a mailbox");
    let send = |number: u32, patience| {
        let (envelope, bytes) = (Envelope::default(), number.to_le_bytes());
        kernel::mailbox_send_within(patience, mailbox, &envelope, &bytes)
    };
    let at_once = Patience::Milliseconds(0);
    let soon = Patience::Milliseconds(10);
    for number in 0..3 {
        assert_eq!(send(number, at_once), Ok(()));
    }
    assert_eq!(send(3, at_once), Err(Error::MailboxFull));
    assert_eq!(send(3, soon), Err(Error::TimedOut));
    let mut buffer = [0; 4];
    for number in 0..3_u32 {
        let got = kernel::mailbox_receive(mailbox, &mut buffer);
        assert_eq!(got.map(|(_, len)| len), Ok(4));
        assert_eq!(buffer, number.to_le_bytes());
    }
    let late = kernel::mailbox_receive_within(soon, mailbox, &mut buffer);
    assert_eq!(late.err(), Some(Error::TimedOut));
    assert_eq!(send(4, at_once), Ok(()));
    assert_eq!(kernel::mailbox_flush(mailbox), Ok(1));
    kernel::mailbox_allow(mailbox, 1, 0).expect("it is our mailbox");
    assert_eq!(send(5, soon), Err(Error::AccessDenied));

    kernel::service_publish("cycler", mailbox).expect("the name is free");
    assert_eq!(kernel::service_find("cycler"), Ok(mailbox));
    kernel::service_withdraw("cycler").expect("it is our service");
    assert_eq!(kernel::service_find("cycler"), Err(Error::ServiceUnavailable));

    let reader = kernel::thread_create(receive_one, mailbox, "reader");
    let reader = reader.expect("there is memory for a thread");
    kernel::yield_now();
    kernel::mailbox_destroy(mailbox).expect("it is our mailbox");
    assert_eq!(kernel::task_wait(reader, PATIENCE_MS), Ok(()));
    assert_eq!(send(6, at_once), Err(Error::MailboxUnavailable));
}

/// Allocates zeroed memory, uses it, and frees it.
fn memory(pages: u32) {
    let first = kernel::memory_allocate(pages);
    let first = first.expect("there is memory");
    let second = kernel::memory_allocate(1).expect("there is memory");
    for block in [&mut *first, &mut *second] {
        assert!(block.iter().step_by(64).all(|byte| *byte == 0));
        block.fill(0xA5);
    }
    kernel::memory_free(first).expect("it is ours");
    let (head, tail) = second.split_at_mut(8);
    assert_eq!(kernel::memory_free(tail), Err(Error::NotAllocated));
    kernel::memory_free(head).expect("it begins where the block does");
    let none = kernel::memory_allocate(0).err();
    assert_eq!(none, Some(Error::InvalidArgument));
}
