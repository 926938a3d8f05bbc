//! A reply to host-cli: written in one go, then sent byte by byte.
//!
//! It leaves by transmit interrupts while the system goes on. What it has
//! cost the system comes last.

use super::spent::Spent;
use crate::storage::Ring;
use core::fmt;
use crc::{Crc, Digest};
use wire::compact;
use wire::frame::{Encoder, Kind};
use wire::query::{self, MAX_REPLY_BYTES, ReplyHead, Trailer};

/// The part of a reply before its body. It is written last, and backwards
/// from the body, because its size depends on what it says.
const HEAD_BYTES: usize = 64;

/// What follows the body.
const TAIL_BYTES: usize = Trailer::BYTES + 4;

static CHECK: Crc<u32> = query::CRC;

/// The reply under way, and what it costs.
#[derive(Debug)]
pub(crate) struct QueryReply {
    buffer: [u8; MAX_REPLY_BYTES + TAIL_BYTES],
    end: usize,
    position: usize,
    phase: Phase,
    encoder: Encoder,
    digest: Check,
    staged: Ring<4>,
    /// What it has cost.
    pub(crate) spent: Spent,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Idle,
    Start,
    Body,
    Trailer,
    Crc,
}

impl QueryReply {
    /// Returns no reply.
    pub(crate) const fn new() -> Self {
        Self {
            buffer: [0; MAX_REPLY_BYTES + TAIL_BYTES],
            end: 0,
            position: 0,
            phase: Phase::Idle,
            encoder: Encoder::new(),
            digest: Check(CHECK.digest()),
            staged: Ring::new(),
            spent: Spent::new(),
        }
    }

    /// Returns where the body of the next reply goes.
    pub(crate) fn body(&mut self) -> &mut [u8] {
        let body = self.buffer.get_mut(HEAD_BYTES..MAX_REPLY_BYTES);
        body.unwrap_or(&mut [])
    }

    /// Makes a reply ready to be sent: `head`, then the body.
    pub(crate) fn begin(&mut self, head: &ReplyHead, body_bytes: usize) {
        let mut place = [0; HEAD_BYTES];
        let Some((version, rest)) = place.split_first_mut() else { return };
        *version = query::VERSION;
        // Every field at its longest makes 33 bytes.
        let Some(used) = compact::write(head, rest) else { return };
        let used = used.saturating_add(1);
        let start = HEAD_BYTES.saturating_sub(used);
        if let Some(head) = self.buffer.get_mut(start..HEAD_BYTES)
            && let Some(place) = place.get(..used)
        {
            head.copy_from_slice(place);
            self.position = start;
            self.end = HEAD_BYTES.saturating_add(body_bytes);
            self.phase = Phase::Start;
        }
    }

    /// Returns whether some of a reply is still to be sent.
    pub(crate) fn is_due(&self) -> bool {
        self.phase != Phase::Idle || !self.staged.is_empty()
    }

    /// Gives up the reply under way.
    pub(crate) fn withdraw(&mut self) {
        self.phase = Phase::Idle;
        self.staged.clear();
    }

    /// Returns the next byte for the line.
    pub(crate) fn next_byte(&mut self, now: u32) -> Option<u8> {
        if let Some(byte) = self.staged.pop() {
            return Some(byte);
        }
        match self.phase {
            Phase::Idle => None,
            Phase::Start => {
                self.phase = Phase::Body;
                self.encoder = Encoder::new();
                self.digest = Check(CHECK.digest());
                Some(Kind::Query.start())
            }
            Phase::Body | Phase::Trailer | Phase::Crc => {
                Some(self.next_of_body(now))
            }
        }
    }

    fn next_of_body(&mut self, now: u32) -> u8 {
        if self.position >= self.end {
            match self.phase {
                Phase::Body => {
                    self.phase = Phase::Trailer;
                    let trailer = self.spent.tell(now);
                    self.append(&trailer.to_bytes());
                }
                Phase::Trailer => {
                    self.phase = Phase::Crc;
                    let crc = self.digest.0.clone().finalize();
                    self.append(&crc.to_le_bytes());
                }
                _ => return self.finish(),
            }
        }
        let byte = self.buffer.get(self.position).copied().unwrap_or(0);
        self.position = self.position.saturating_add(1);
        self.digest.0.update(&[byte]);
        let (first, second) = self.encoder.escape(byte);
        if let Some(second) = second {
            self.staged.push(second);
        }
        first
    }

    fn append(&mut self, bytes: &[u8]) {
        let rest = self.buffer.get_mut(self.end..).unwrap_or(&mut []);
        if let Some((place, _)) = rest.split_at_mut_checked(bytes.len()) {
            place.copy_from_slice(bytes);
            self.end = self.end.saturating_add(bytes.len());
        }
    }

    fn finish(&mut self) -> u8 {
        self.phase = Phase::Idle;
        let [hash, high, low] = self.encoder.end();
        self.staged.push(high);
        self.staged.push(low);
        hash
    }
}

/// The CRC so far.
struct Check(Digest<'static, u32>);

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Check")
    }
}
