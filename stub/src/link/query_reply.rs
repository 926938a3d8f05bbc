//! A reply to host-cli: written in one go, then sent byte by byte.
//!
//! It is sent by transmit interrupts while the system runs. Its cost to the
//! system comes last.

use super::outgoing::Outgoing;
use super::spent::Spent;
use crate::built_in::LIVE;
use core::fmt;
use crc::{Crc, Digest};
use wire::compact;
use wire::frame::Kind;
use wire::query::{self, MAX_REPLY_BYTES, ReplyHead, Trailer};

/// The room for a reply's head. The head is written last and placed right
/// before the body, because its size depends on its contents.
const HEAD_BYTES: usize = 64;

/// The bytes that follow the body.
const TAIL_BYTES: usize = Trailer::BYTES + 4;

const BUFFER_BYTES: usize = if LIVE { MAX_REPLY_BYTES + TAIL_BYTES } else { 0 };

static CHECK: Crc<u32> = query::CRC;

/// The reply being sent, and its cost.
#[derive(Debug)]
pub(crate) struct QueryReply {
    buffer: [u8; BUFFER_BYTES],
    end: usize,
    outgoing: Outgoing,
    /// What must be appended next.
    tail: Tail,
    digest: Check,
    /// Which boot answers.
    boot: u16,
    /// The time that it has taken from the system.
    pub(crate) spent: Spent,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tail {
    Trailer,
    Crc,
    Nothing,
}

impl QueryReply {
    /// Returns an empty reply, with nothing to send.
    pub(crate) const fn new() -> Self {
        Self {
            buffer: [0; BUFFER_BYTES],
            end: 0,
            outgoing: Outgoing::new(Kind::Query),
            tail: Tail::Nothing,
            digest: Check(CHECK.digest()),
            boot: 0,
            spent: Spent::new(),
        }
    }

    /// Returns where the body of the next reply goes.
    pub(crate) fn body(&mut self) -> &mut [u8] {
        let body = self.buffer.get_mut(HEAD_BYTES..MAX_REPLY_BYTES);
        body.unwrap_or(&mut [])
    }

    /// Prepares a reply for sending: `head`, then the body. `boot` goes into the
    /// trailer.
    pub(crate) fn begin(
        &mut self,
        head: &ReplyHead,
        body_bytes: usize,
        boot: u16,
    ) {
        let mut place = [0; HEAD_BYTES];
        let Some((version, rest)) = place.split_first_mut() else { return };
        *version = query::VERSION;
        // With every field at its longest, the head takes 33 bytes.
        let Some(used) = compact::write(head, rest) else { return };
        let used = used.saturating_add(1);
        let start = HEAD_BYTES.saturating_sub(used);
        if let Some(head) = self.buffer.get_mut(start..HEAD_BYTES)
            && let Some(place) = place.get(..used)
        {
            head.copy_from_slice(place);
            self.end = HEAD_BYTES.saturating_add(body_bytes);
            self.tail = Tail::Trailer;
            self.boot = boot;
            self.digest = Check(CHECK.digest());
            self.outgoing.post(start);
        }
    }

    /// Escapes XON and XOFF from the next reply on.
    pub(super) const fn avoid_flow_control(&mut self) {
        self.outgoing.avoids_flow_control = true;
    }

    /// Returns whether part of a reply remains to be sent.
    pub(crate) const fn is_due(&self) -> bool {
        LIVE && self.outgoing.is_due()
    }

    /// Abandons the reply being sent.
    pub(crate) const fn withdraw(&mut self) {
        self.outgoing.withdraw();
    }

    /// Takes at most `room` bytes that can be sent as they are.
    pub(super) fn plain(&mut self, room: usize) -> &[u8] {
        let body = self.buffer.get(..self.end).unwrap_or(&[]);
        let plain = self.outgoing.plain(body, room);
        self.digest.0.update(plain);
        plain
    }

    /// Returns the next byte to send.
    pub(crate) fn next_byte(&mut self, now: u32) -> Option<u8> {
        if self.outgoing.ends_after(self.end) {
            self.append_tail(now);
        }
        let body = self.buffer.get(..self.end).unwrap_or(&[]);
        let from = self.outgoing.position;
        let byte = self.outgoing.next_byte(body);
        if let Some(sent @ [_, ..]) = body.get(from..self.outgoing.position) {
            self.digest.0.update(sent);
        }
        byte
    }

    /// Appends the cost and then the CRC, each of which is known only once
    /// everything before it has been sent.
    fn append_tail(&mut self, now: u32) {
        match self.tail {
            Tail::Trailer => {
                self.tail = Tail::Crc;
                let trailer = self.spent.tell(now, self.boot);
                self.append(&trailer.to_bytes());
            }
            Tail::Crc => {
                self.tail = Tail::Nothing;
                let crc = self.digest.0.clone().finalize();
                self.append(&crc.to_le_bytes());
            }
            Tail::Nothing => {}
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let rest = self.buffer.get_mut(self.end..).unwrap_or(&mut []);
        if let Some((place, _)) = rest.split_at_mut_checked(bytes.len()) {
            place.copy_from_slice(bytes);
            self.end = self.end.saturating_add(bytes.len());
        }
    }
}

/// The CRC so far.
struct Check(Digest<'static, u32>);

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Check")
    }
}
