//! The messages of a mailbox, in a ring of bytes.
//!
//! A message is the length of what follows (four bytes), its header
//! ([`abi::MESSAGE_HEADER_BYTES`]) and its payload. All of it may wrap around
//! the end of the ring, so there are no gaps: a message fits exactly if its
//! cost is at most what is left of the capacity.
//!
//! Sending takes two steps, because a process' memory is copied while
//! interrupts are on: [`Queue::room`] returns where the payload goes, and
//! [`Queue::commit`] adds the message. Until then the queue is unchanged.
//! Receiving is [`Queue::oldest`], then [`Queue::pop`].
//!
//! Only the ring's owner writes it, but a debugger may read it at any moment
//! and find anything: lengths are checked whenever they are read.

use abi::{
    Envelope, MAX_MESSAGE_BYTES, MAX_PAYLOAD_BYTES, MESSAGE_HEADER_BYTES,
    MESSAGE_LENGTH_BYTES, message_cost,
};
use core::fmt;
use core::mem::{offset_of, size_of};

const LENGTH_BYTES: usize = MESSAGE_LENGTH_BYTES as usize;
const PREFIX_BYTES: usize = LENGTH_BYTES + MESSAGE_HEADER_BYTES as usize;

/// The state of a queue, without its ring.
///
/// Every method takes the same ring, whose length is the capacity.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[repr(C)]
pub struct Queue {
    /// The position of the oldest message in the ring; 0 if there is none.
    pub head: u32,
    /// The cost of all messages.
    pub bytes: u32,
    /// How many messages there are.
    pub messages: u32,
}

const _: () = assert!(offset_of!(Queue, head) == 0);
const _: () = assert!(offset_of!(Queue, bytes) == 4);
const _: () = assert!(offset_of!(Queue, messages) == 8);
const _: () = assert!(size_of::<Queue>() == 12);

/// Why there is no room for a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRoom {
    /// It will fit once other messages are gone.
    Full,
    /// It never fits: the mailbox is too small, or it exceeds the maximum size
    /// of a message.
    TooLarge,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue is full",
            Self::TooLarge => "the message is larger than the queue",
        })
    }
}

impl core::error::Error for NoRoom {}

impl From<NoRoom> for abi::Error {
    fn from(no_room: NoRoom) -> Self {
        match no_room {
            NoRoom::Full => Self::MailboxFull,
            NoRoom::TooLarge => Self::MessageTooLarge,
        }
    }
}

/// A queued message. Its payload is the first part, then the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// Its sender, its protocol and its class.
    pub envelope: Envelope,
    /// The payload; the second part is empty unless it wraps.
    pub payload: [&'a [u8]; 2],
}

impl Message<'_> {
    /// Returns the length of the payload.
    pub const fn len_bytes(&self) -> u32 {
        (self.payload[0].len() + self.payload[1].len()) as u32
    }
}

impl Queue {
    /// Returns where a payload of `len_bytes` goes: into the first part,
    /// then into the second. Nothing changes before [`Queue::commit`].
    ///
    /// # Errors
    ///
    /// Fails if it does not fit now, or never will.
    pub fn room<'a>(
        &self,
        ring: &'a mut [u8],
        len_bytes: u32,
    ) -> Result<[&'a mut [u8]; 2], NoRoom> {
        self.fits(ring.len() as u32, len_bytes)?;
        let at = self.tail(ring.len()) + PREFIX_BYTES;
        Ok(parts_mut(ring, at, len_bytes as usize))
    }

    /// Returns whether a payload of `len_bytes` fits a ring of
    /// `capacity_bytes`.
    ///
    /// # Errors
    ///
    /// Fails if it does not fit now, or never will.
    pub fn fits(
        &self,
        capacity_bytes: u32,
        len_bytes: u32,
    ) -> Result<(), NoRoom> {
        if len_bytes > MAX_PAYLOAD_BYTES
            || message_cost(len_bytes) > capacity_bytes
        {
            return Err(NoRoom::TooLarge);
        }
        let left = capacity_bytes.saturating_sub(self.bytes);
        if message_cost(len_bytes) > left {
            return Err(NoRoom::Full);
        }
        Ok(())
    }

    /// Adds the message whose payload was written where [`Queue::room`] said.
    ///
    /// # Errors
    ///
    /// Fails if there is no room, which happens only if another message was
    /// added in between.
    pub fn commit(
        &mut self,
        ring: &mut [u8],
        envelope: &Envelope,
        len_bytes: u32,
    ) -> Result<(), NoRoom> {
        self.fits(ring.len() as u32, len_bytes)?;
        let prefix = encode(envelope, len_bytes);
        let [first, second] =
            parts_mut(ring, self.tail(ring.len()), PREFIX_BYTES);
        let (front, back) = prefix.split_at(first.len());
        first.copy_from_slice(front);
        second.copy_from_slice(back);
        self.bytes += message_cost(len_bytes);
        self.messages += 1;
        Ok(())
    }

    /// Adds a message in one step.
    ///
    /// # Errors
    ///
    /// Fails if it does not fit now, or never will.
    #[cfg(test)]
    pub fn push(
        &mut self,
        ring: &mut [u8],
        envelope: &Envelope,
        payload: &[u8],
    ) -> Result<(), NoRoom> {
        let len_bytes =
            u32::try_from(payload.len()).map_err(|_| NoRoom::TooLarge)?;
        let [first, second] = self.room(ring, len_bytes)?;
        let (front, back) = payload.split_at(first.len());
        first.copy_from_slice(front);
        second.copy_from_slice(back);
        self.commit(ring, envelope, len_bytes)
    }

    /// Returns the message that [`Queue::pop`] would remove, or none if the
    /// queue is empty (or damaged).
    pub fn oldest<'a>(&self, ring: &'a [u8]) -> Option<Message<'a>> {
        self.iter(ring).next()
    }

    /// Removes the oldest message. Returns the length of its payload, or
    /// none if the queue is empty (or damaged).
    pub fn pop(&mut self, ring: &[u8]) -> Option<u32> {
        let len_bytes = self.oldest(ring)?.len_bytes();
        let cost = message_cost(len_bytes);
        self.messages -= 1;
        self.bytes -= cost;
        self.head = if self.messages == 0 {
            0
        } else {
            ((self.head + cost) as usize % ring.len()) as u32
        };
        Some(len_bytes)
    }

    /// Returns the messages, oldest first. Ends early where a length cannot
    /// be right.
    pub fn iter<'a>(&self, ring: &'a [u8]) -> Messages<'a> {
        let sound = (self.head as usize) < ring.len()
            && self.bytes as usize <= ring.len();
        let Self { head, bytes, messages } = *self;
        let (at, bytes) = (head as usize, bytes as usize);
        Messages { ring, at, bytes, messages: if sound { messages } else { 0 } }
    }

    /// Returns whether counters, lengths and the ring agree.
    #[cfg(test)]
    pub fn is_sound(&self, ring: &[u8]) -> bool {
        let mut messages = self.iter(ring);
        while messages.next().is_some() {}
        messages.messages == 0
            && messages.bytes == 0
            && (self.messages > 0 || *self == Self::default())
    }

    fn tail(&self, capacity: usize) -> usize {
        (self.head as usize + self.bytes as usize) % capacity
    }
}

/// The messages of a queue, oldest first.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    ring: &'a [u8],
    at: usize,
    /// The cost of those not yet seen.
    bytes: usize,
    messages: u32,
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        if self.messages == 0 || self.bytes < PREFIX_BYTES {
            return None;
        }
        let mut prefix = [0; PREFIX_BYTES];
        let [first, second] = parts(self.ring, self.at, PREFIX_BYTES);
        prefix[..first.len()].copy_from_slice(first);
        prefix[first.len()..].copy_from_slice(second);
        let (envelope, len_bytes) = decode(&prefix)?;
        let cost = message_cost(len_bytes) as usize;
        if cost > self.bytes {
            return None;
        }
        let payload =
            parts(self.ring, self.at + PREFIX_BYTES, len_bytes as usize);
        self.at = (self.at + cost) % self.ring.len();
        self.bytes -= cost;
        self.messages -= 1;
        Some(Message { envelope, payload })
    }
}

/// Returns the `len` bytes from `at`, which may be up to one round ahead.
/// `len` is at most the ring's length.
fn parts(ring: &[u8], at: usize, len: usize) -> [&[u8]; 2] {
    let (first, second) = ranges(ring.len(), at, len);
    [&ring[first], &ring[second]]
}

/// Like [`parts`], but mutable.
fn parts_mut(ring: &mut [u8], at: usize, len: usize) -> [&mut [u8]; 2] {
    let (first, second) = ranges(ring.len(), at, len);
    let (low, high) = ring.split_at_mut(first.start);
    [&mut high[..first.len()], &mut low[second]]
}

type Range = core::ops::Range<usize>;

fn ranges(capacity: usize, at: usize, len: usize) -> (Range, Range) {
    let start = at % capacity;
    let end = (start + len).min(capacity);
    (start..end, 0..len - (end - start))
}

/// The header's words: the sender's process, a word that is always 0, its
/// task, protocol, class, and the payload's length.
fn encode(envelope: &Envelope, len_bytes: u32) -> [u8; PREFIX_BYTES] {
    let Envelope { protocol, class, from_process, from_task } = *envelope;
    let length = MESSAGE_HEADER_BYTES + len_bytes;
    let words =
        [length, from_process, 0, from_task, protocol, class, len_bytes];
    let mut prefix = [0; PREFIX_BYTES];
    for (bytes, word) in prefix.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    prefix
}

/// Reads a prefix, or returns none if its lengths contradict each other.
fn decode(prefix: &[u8; PREFIX_BYTES]) -> Option<(Envelope, u32)> {
    let mut words = [0; PREFIX_BYTES / 4];
    for (word, bytes) in words.iter_mut().zip(prefix.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let [length, from_process, _, from_task, protocol, class, len_bytes] =
        words;
    let sound = length <= MAX_MESSAGE_BYTES
        && length.checked_sub(MESSAGE_HEADER_BYTES) == Some(len_bytes);
    let envelope = Envelope { protocol, class, from_process, from_task };
    sound.then_some((envelope, len_bytes))
}

#[cfg(test)]
mod tests;
