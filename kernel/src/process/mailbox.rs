//! Mailboxes: messages between processes, first in, first out.
//!
//! A sender waits while a mailbox is full, a reader while it is empty.

use crate::memory::address_space::mapped_bytes;
use crate::memory::records::{Change, Record, Records, Slot};
use crate::memory::{Label, global, user};
use crate::process::schedule;
use crate::process::task::{TASKS, Task, TaskQueue};
use crate::queue::{NoRoom, Queue};
use abi::{
    DO_NOT_BLOCK, Envelope, Error, MAX_MAILBOX_BYTES, MIN_MAILBOX_BYTES,
};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::{PAGE_BYTES, VirtAddr};
use wire::rows::{State, Wait, WaitKind};

/// Every mailbox, by id.
pub(crate) static MAILBOXES: Records<Mailbox> =
    Records::new(global::record_table(2), global::RECORD_PAGES);

/// Odd while the messages of any mailbox change.
static CHANGES: AtomicU32 = AtomicU32::new(0);

/// The record of a mailbox.
pub(crate) struct Mailbox {
    pub(crate) owner_process: u32,
    pub(crate) owner_task: u32,
    pub(crate) capacity_bytes: u32,
    pub(crate) queue: Cell<Queue>,
    /// The task that waits for a message; 0 if none does.
    pub(crate) reader: Cell<u32>,
    /// The tasks that wait for room.
    pub(crate) senders: TaskQueue,
    ring: VirtAddr,
}

impl Record for Mailbox {
    const MAGIC: [u8; 4] = *b"MBOX";
}

impl Mailbox {
    /// Returns where the messages are. One such slice at a time.
    pub(crate) fn ring(&self) -> &mut [u8] {
        mapped_bytes(self.ring, self.capacity_bytes)
    }
}

/// Returns a number that is odd while messages come or go.
pub(crate) fn changes() -> u32 {
    CHANGES.load(Ordering::Relaxed)
}

/// Creates a mailbox of the running process.
pub(crate) fn create(capacity_bytes: u32) -> Result<u32, Error> {
    if !(MIN_MAILBOX_BYTES..=MAX_MAILBOX_BYTES).contains(&capacity_bytes) {
        return Err(Error::InvalidArgument);
    }
    let task = schedule::current();
    let pages = capacity_bytes.div_ceil(PAGE_BYTES);
    let ring = global::allocate(pages, Label::MailboxQueue)
        .map_err(|_| Error::OutOfMemory)?;
    let mailbox = Mailbox {
        owner_process: task.process,
        owner_task: task.id(),
        capacity_bytes,
        queue: Cell::new(Queue::default()),
        reader: Cell::new(0),
        senders: TaskQueue::new(),
        ring,
    };
    match MAILBOXES.insert(mailbox) {
        Ok(mailbox) => Ok(mailbox.id()),
        Err(_) => {
            global::free(ring);
            Err(Error::OutOfMemory)
        }
    }
}

/// Queues a message from the running task; see the system call.
pub(crate) fn send(
    mailbox: u32,
    envelope: u32,
    data: u32,
    len_bytes: u32,
    flags: u32,
) -> Result<(), Error> {
    let [protocol, class, ..] = read_envelope(envelope)?;
    loop {
        let mailbox =
            MAILBOXES.get(mailbox).ok_or(Error::MailboxUnavailable)?;
        let queue = mailbox.queue.get();
        match queue.fits(mailbox.capacity_bytes, len_bytes) {
            Ok(()) => break,
            Err(NoRoom::Full) if flags & DO_NOT_BLOCK == 0 => {
                mailbox.senders.push(schedule::current());
                block(State::Sending, mailbox.id());
            }
            Err(no_room) => return Err(no_room.into()),
        }
    }
    let payload =
        user::read(data, len_bytes).map_err(|_| Error::InvalidArgument)?;
    let task = schedule::current();
    let from = Envelope {
        protocol,
        class,
        from_process: task.process,
        from_task: task.id(),
    };
    let mailbox = MAILBOXES.get(mailbox).ok_or(Error::MailboxUnavailable)?;
    let mut queue = mailbox.queue.get();
    let [first, second] = queue.room(mailbox.ring(), len_bytes)?;
    let (front, back) = payload.split_at(first.len());
    first.copy_from_slice(front);
    second.copy_from_slice(back);
    {
        let _change = Change::begin(&CHANGES);
        queue.commit(mailbox.ring(), &from, len_bytes)?;
        mailbox.queue.set(queue);
    }
    if let Some(reader) = TASKS.get(mailbox.reader.replace(0)) {
        schedule::wake(reader);
    }
    Ok(())
}

/// Takes the oldest message for the running task; see the system call.
pub(crate) fn receive(
    mailbox: u32,
    envelope: u32,
    buffer: u32,
    capacity_bytes: u32,
    flags: u32,
) -> Result<u32, Error> {
    let bad = |_| Error::InvalidArgument;
    loop {
        let mailbox =
            MAILBOXES.get(mailbox).ok_or(Error::MailboxUnavailable)?;
        let task = schedule::current();
        if mailbox.owner_process != task.process {
            return Err(Error::AccessDenied);
        }
        let mut queue = mailbox.queue.get();
        let Some(message) = queue.oldest(mailbox.ring()) else {
            if flags & DO_NOT_BLOCK != 0 {
                return Err(Error::MailboxEmpty);
            }
            if mailbox.reader.get() != 0 {
                return Err(Error::Busy);
            }
            mailbox.reader.set(task.id());
            block(State::Receiving, mailbox.id());
            continue;
        };
        let len_bytes = message.len_bytes();
        if len_bytes > capacity_bytes {
            return Err(Error::MessageTooLarge);
        }
        user::check_writable(buffer, len_bytes).map_err(bad)?;
        write_envelope(envelope, &message.envelope)?;
        let [front, back] = message.payload;
        user::write(buffer, front).map_err(bad)?;
        user::write(buffer.wrapping_add(front.len() as u32), back)
            .map_err(bad)?;
        {
            let _change = Change::begin(&CHANGES);
            queue.pop(mailbox.ring());
            mailbox.queue.set(queue);
        }
        // Whoever still does not fit waits again.
        while let Some(sender) = mailbox.senders.pop() {
            schedule::wake(sender);
        }
        return Ok(len_bytes);
    }
}

/// Destroys the mailboxes of a process and wakes all who wait for them.
pub(crate) fn destroy_all_of(process: u32) {
    let mut next = MAILBOXES.after(0);
    while let Some(mailbox) = next {
        let id = mailbox.id();
        if mailbox.owner_process == process {
            destroy(mailbox);
        }
        next = MAILBOXES.after(id);
    }
}

fn destroy(mailbox: &Slot<Mailbox>) {
    let ring = mailbox.ring;
    MAILBOXES.remove(mailbox.id());
    global::free(ring);
    if let Some(reader) = TASKS.get(mailbox.reader.replace(0)) {
        schedule::wake(reader);
    }
    while let Some(sender) = mailbox.senders.pop() {
        schedule::wake(sender);
    }
}

/// Takes a task that is about to end from the mailbox it waits for.
pub(crate) fn forget(task: &Slot<Task>) {
    let Some(Wait { kind: WaitKind::Mailbox, id }) = task.waits_for.get()
    else {
        return;
    };
    let Some(mailbox) = MAILBOXES.get(id) else { return };
    match task.state.get() {
        State::Receiving => mailbox.reader.set(0),
        State::Sending => mailbox.senders.remove(task),
        _ => {}
    }
}

fn block(state: State, mailbox: u32) {
    let wait = Wait { kind: WaitKind::Mailbox, id: mailbox };
    schedule::block(state, Some(wait));
}

const ENVELOPE_WORDS: usize = size_of::<Envelope>() / 4;

fn read_envelope(address: u32) -> Result<[u32; ENVELOPE_WORDS], Error> {
    let len = size_of::<Envelope>() as u32;
    let bytes = user::read(address, len).map_err(|_| Error::InvalidArgument)?;
    let (words, _) = bytes.as_chunks::<4>();
    Ok(core::array::from_fn(|i| u32::from_le_bytes(words[i])))
}

fn write_envelope(address: u32, envelope: &Envelope) -> Result<(), Error> {
    let Envelope { protocol, class, from_process, from_task } = *envelope;
    let words = [protocol, class, from_process, from_task];
    let mut bytes = [0; size_of::<Envelope>()];
    for (place, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
    user::write(address, &bytes).map_err(|_| Error::InvalidArgument)
}
