//! Mailboxes: messages between processes, first in, first out.
//!
//! A sender waits while a mailbox is full, a receiver while it is empty. The
//! senders of a mailbox queue up, and only the first may send, so that small
//! messages cannot overtake a large one indefinitely.

use crate::cpu;
use crate::devices::preemption;
use crate::memory::{Label, global};
use crate::process::{UNFINISHED, user_memory};
use crate::records::list::{Link, List};
use crate::records::mailbox::{MAILBOXES, Mailbox};
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use crate::records::task::TASKS;
use crate::records::wait_queue::WaitQueue;
use crate::schedule;
use crate::schedule::deadline::Deadline;
use abi::{
    DO_NOT_BLOCK, Envelope, Error, MAX_MAILBOX_BYTES, MIN_MAILBOX_BYTES,
    TIMEOUT_SHIFT,
};
use core::cell::Cell;
use layout::PAGE_BYTES;
use structures::change::{Change, Structure};
use structures::queue::{NoRoom, Queue};
use wire::rows::{State, Wait, WaitKind};

/// How many mailboxes one process may have, as all processes share the table.
const MAX_MAILBOXES: usize = 256;

/// Creates a mailbox of the running process.
#[inline(never)]
pub(crate) fn create(capacity_bytes: u32) -> Result<u32, Error> {
    if !(MIN_MAILBOX_BYTES..=MAX_MAILBOX_BYTES).contains(&capacity_bytes) {
        return Err(Error::InvalidArgument);
    }
    let _unfinished = Change::begin(&UNFINISHED);
    let task = schedule::current();
    let process = task.process().ok_or(Error::OutOfMemory)?;
    if process.mailboxes.iter().take(MAX_MAILBOXES).count() == MAX_MAILBOXES {
        return Err(Error::OutOfMemory);
    }
    let pages = capacity_bytes.div_ceil(PAGE_BYTES);
    let ring = global::allocate(pages, Label::MailboxQueue)?;
    let mailbox = Mailbox {
        owner_process: task.process,
        owner_task: task.id(),
        capacity_bytes,
        queue: Cell::new(Queue::default()),
        reader: Cell::new(0),
        senders: List::new(),
        allowed: Cell::new([0, 0]),
        ring,
        owner_link: Link::new(),
    };
    let mailbox =
        MAILBOXES.insert(mailbox).inspect_err(|_| global::free(ring))?;
    process.mailboxes.push(mailbox);
    Ok(mailbox.id())
}

/// Queues a message from the running task; see the system call.
#[inline(never)]
pub(crate) fn send(
    mailbox: u32,
    envelope: u32,
    data: u32,
    len_bytes: u32,
    flags: u32,
) -> Result<(), Error> {
    let [protocol, class, ..] = read_envelope(envelope)?;
    let task = schedule::current();
    let from_process = task.process;
    let from = Envelope { protocol, class, from_process, from_task: task.id() };
    let sent = wait_for_room(mailbox, len_bytes, flags)
        .and_then(|mailbox| put(mailbox, &from, data, len_bytes));
    // The next sender may have room as well.
    schedule::leave_queue(task);
    sent
}

/// Waits until it is the running task's turn to send, and there is room.
fn wait_for_room(
    id: u32,
    len_bytes: u32,
    flags: u32,
) -> Result<&'static Slot<Mailbox>, Error> {
    let task = schedule::current();
    let deadline = Deadline::after(flags >> TIMEOUT_SHIFT);
    loop {
        let mailbox = MAILBOXES.get(id).ok_or(Error::MailboxUnavailable)?;
        if !mailbox.lets_send(task) {
            return Err(Error::AccessDenied);
        }
        let first = mailbox.senders.first();
        let has_turn = first.is_none_or(|first| first.id() == task.id());
        match mailbox.queue.get().fits(mailbox.capacity_bytes, len_bytes) {
            Ok(()) if has_turn => return Ok(mailbox),
            Err(NoRoom::TooLarge) => return Err(Error::MessageTooLarge),
            Ok(()) | Err(NoRoom::Full) => {}
        }
        if flags & DO_NOT_BLOCK != 0 {
            return Err(Error::MailboxFull);
        }
        if task.wait_queue.get() != WaitQueue::Sender(id) {
            mailbox.senders.push(task);
            task.wait_queue.set(WaitQueue::Sender(id));
        }
        block(State::Sending, id, deadline)?;
    }
}

/// Copies the running task's message into the mailbox, where it has room.
fn put(
    mailbox: &Slot<Mailbox>,
    from: &Envelope,
    data: u32,
    len_bytes: u32,
) -> Result<(), Error> {
    let payload = user_memory::read(data, len_bytes)?;
    let mut queue = mailbox.queue.get();
    let [first, second] = queue.room(mailbox.ring(), len_bytes)?;
    let (front, back) = payload.split_at(first.len());
    cpu::copy(first, front);
    cpu::copy(second, back);
    {
        let _change = Change::of(Structure::Messages);
        queue.commit(mailbox.ring(), from, len_bytes)?;
        mailbox.queue.set(queue);
    }
    if let Some(reader) = TASKS.get(mailbox.reader.get()) {
        schedule::wake_from_queue(reader);
    }
    Ok(())
}

/// Takes the oldest message for the running task; see the system call.
#[inline(never)]
pub(crate) fn receive(
    id: u32,
    envelope: u32,
    buffer: u32,
    capacity_bytes: u32,
    flags: u32,
) -> Result<u32, Error> {
    let deadline = Deadline::after(flags >> TIMEOUT_SHIFT);
    loop {
        let mailbox = owned(id)?;
        let mut queue = mailbox.queue.get();
        let Some(message) = queue.oldest(mailbox.ring()) else {
            if flags & DO_NOT_BLOCK != 0 {
                return Err(Error::MailboxEmpty);
            }
            if mailbox.reader.get() != 0 {
                return Err(Error::Busy);
            }
            let task = schedule::current();
            mailbox.reader.set(task.id());
            task.wait_queue.set(WaitQueue::Reader(id));
            block(State::Receiving, id, deadline)?;
            continue;
        };
        let len_bytes = message.len_bytes();
        if len_bytes > capacity_bytes {
            return Err(Error::MessageTooLarge);
        }
        user_memory::check_writable(buffer, len_bytes)?;
        write_envelope(envelope, &message.envelope)?;
        let [front, back] = message.payload;
        user_memory::write(buffer, front)?;
        // The address of an empty part may be outside the address space.
        let second = buffer.wrapping_add(front.len() as u32);
        user_memory::write(second, back)?;
        {
            let _change = Change::of(Structure::Messages);
            queue.pop(mailbox.ring());
            mailbox.queue.set(queue);
        }
        wake_first_sender(mailbox);
        return Ok(len_bytes);
    }
}

/// Destroys a mailbox of the running process; see the system call.
#[inline(never)]
pub(crate) fn destroy(id: u32) -> Result<(), Error> {
    let mailbox = owned(id)?;
    let _unfinished = Change::begin(&UNFINISHED);
    remove(mailbox);
    Ok(())
}

/// Discards all messages of a mailbox of the running process, and returns how
/// many there were.
#[inline(never)]
pub(crate) fn flush(id: u32) -> Result<u32, Error> {
    let mailbox = owned(id)?;
    let dropped = {
        let _change = Change::of(Structure::Messages);
        mailbox.queue.replace(Queue::default())
    };
    wake_first_sender(mailbox);
    Ok(dropped.messages)
}

/// Restricts who may send to a mailbox of the running process; see the system
/// call.
#[inline(never)]
pub(crate) fn allow(id: u32, process: u32, task: u32) -> Result<(), Error> {
    let mailbox = owned(id)?;
    mailbox.allowed.set([process, task]);
    // A waiting sender that has lost access finds out and leaves the queue.
    wake_first_sender(mailbox);
    Ok(())
}

/// Wakes the first sender to see whether there is room.
fn wake_first_sender(mailbox: &Slot<Mailbox>) {
    if let Some(first) = mailbox.waiting_sender() {
        schedule::wake(first);
    }
}

/// Destroys the mailboxes of a process and wakes all that wait for them.
pub(crate) fn destroy_all_of(process: &Slot<Process>) {
    while let Some(mailbox) = process.mailboxes.first() {
        remove(mailbox);
        preemption::allow_interrupts();
    }
}

fn remove(mailbox: &Slot<Mailbox>) {
    if let Some(reader) = TASKS.get(mailbox.reader.get()) {
        schedule::wake_from_queue(reader);
    }
    while let Some(sender) = mailbox.senders.pop() {
        sender.wait_queue.set(WaitQueue::Nowhere);
        if sender.state.get() == State::Sending {
            schedule::wake(sender);
        }
        preemption::allow_interrupts();
    }
    if let Some(owner) = PROCESSES.get(mailbox.owner_process) {
        owner.mailboxes.remove(mailbox);
    }
    let ring = mailbox.ring;
    MAILBOXES.remove(mailbox.id());
    global::free(ring);
}

/// Returns a mailbox if the running process owns it.
pub(super) fn owned(id: u32) -> Result<&'static Slot<Mailbox>, Error> {
    let mailbox = MAILBOXES.get(id).ok_or(Error::MailboxUnavailable)?;
    if mailbox.owner_process != schedule::current().process {
        return Err(Error::AccessDenied);
    }
    Ok(mailbox)
}

fn block(state: State, mailbox: u32, until: Deadline) -> Result<(), Error> {
    let wait = Wait { kind: WaitKind::Mailbox, id: mailbox };
    schedule::block_until(state, wait, until)
}

const ENVELOPE_WORDS: usize = size_of::<Envelope>() / 4;

fn read_envelope(address: u32) -> Result<[u32; ENVELOPE_WORDS], Error> {
    let len = size_of::<Envelope>() as u32;
    let (words, _) = user_memory::read(address, len)?.as_chunks::<4>();
    Ok(core::array::from_fn(|i| u32::from_le_bytes(words[i])))
}

fn write_envelope(address: u32, envelope: &Envelope) -> Result<(), Error> {
    let Envelope { protocol, class, from_process, from_task } = *envelope;
    let words = [protocol, class, from_process, from_task];
    let mut bytes = [0; size_of::<Envelope>()];
    for (place, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
    user_memory::write(address, &bytes)
}
