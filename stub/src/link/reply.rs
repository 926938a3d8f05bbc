//! The reply to a packet: written once, sent as often as needed.

use super::outgoing::Outgoing;
use crate::protocol::Refused;
use core::fmt;
use wire::frame::{Kind, is_flow_control};
use wire::hex;

/// The longest packet in either direction, in bytes, as announced in
/// `PacketSize`.
pub(crate) const PACKET_BYTES: usize = 4096;

/// Returns whether a byte is escaped in RSP's binary replies.
const fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'#' | b'$' | b'}' | b'*')
}

/// The body of the last reply, and how much of it has been sent.
///
/// The body is stored as written, and run-length encoded only while it is sent,
/// so it can be changed before and resent after.
#[derive(Debug)]
pub(crate) struct Reply {
    body: [u8; PACKET_BYTES],
    len: usize,
    is_cut: bool,
    outgoing: Outgoing,
}

impl Reply {
    /// Returns an empty reply, with nothing to send.
    pub(crate) const fn new() -> Self {
        Self {
            body: [0; PACKET_BYTES],
            len: 0,
            is_cut: false,
            outgoing: Outgoing::new(Kind::Rsp),
        }
    }

    /// Escapes XON and XOFF from the next reply on.
    pub(super) const fn avoid_flow_control(&mut self) {
        self.outgoing.avoids_flow_control = true;
    }

    /// Returns whether the line takes XON and XOFF for itself, so that a packet
    /// with them does not arrive.
    pub(crate) const fn avoids_flow_control(&self) -> bool {
        self.outgoing.avoids_flow_control
    }

    /// Starts a new reply.
    #[inline(never)]
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
        self.is_cut = false;
        self.outgoing.withdraw();
    }

    /// Returns what was written.
    pub(crate) fn body(&self) -> &[u8] {
        self.body.get(..self.len).unwrap_or(&[])
    }

    /// Returns how many more bytes fit.
    pub(crate) const fn room(&self) -> usize {
        PACKET_BYTES.saturating_sub(self.len)
    }

    /// Adds a byte that has no meaning in the framing.
    #[inline(never)]
    pub(crate) fn push(&mut self, byte: u8) {
        match self.body.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len = self.len.saturating_add(1);
            }
            None => self.is_cut = true,
        }
    }

    /// Adds text if it fits with a byte to spare, and none of it would have to
    /// be escaped in RSP's binary replies. Returns whether it did.
    #[inline(never)]
    pub(crate) fn push_plain(&mut self, text: &str) -> bool {
        let end = self.len.saturating_add(text.len());
        let fits = end < PACKET_BYTES;
        let place = self.body.get_mut(self.len..end).filter(|_| fits);
        let escaped =
            text.bytes().any(|byte| is_escaped(byte) || is_flow_control(byte));
        let Some(place) = place.filter(|_| !escaped) else { return false };
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        true
    }

    /// Adds a byte, escaped as in RSP's binary replies.
    pub(crate) fn push_binary(&mut self, byte: u8) {
        let avoided = self.avoids_flow_control() && is_flow_control(byte);
        if avoided || is_escaped(byte) {
            self.push(b'}');
            self.push(byte ^ 0x20);
        } else {
            self.push(byte);
        }
    }

    /// Adds a byte as two hex digits.
    pub(crate) fn push_hex(&mut self, byte: u8) {
        let [high, low] = hex::digits(byte);
        self.push(high);
        self.push(low);
    }

    /// Adds a number as RSP writes it, in hex without leading zeros.
    pub(crate) fn push_number(&mut self, number: u32) {
        // Zero still takes one digit.
        let mut left = u32::BITS.saturating_sub((number | 1).leading_zeros());
        while left > 0 {
            left = left.saturating_sub(1) & !3;
            let [_, digit] = hex::digits(number.unbounded_shr(left) as u8);
            self.push(digit);
        }
    }

    /// Starts a new reply with `text`.
    pub(crate) fn set(&mut self, text: &str) {
        self.clear();
        self.push_str(text);
    }

    /// Adds text.
    pub(crate) fn push_str(&mut self, text: &str) {
        for byte in text.bytes() {
            self.push(byte);
        }
    }

    /// Returns a writer that adds text as pairs of hex digits.
    pub(crate) const fn digits(&mut self) -> Digits<'_> {
        Digits { reply: self }
    }

    /// Returns a writer that adds text, escaped as in binary replies.
    pub(crate) const fn binary(&mut self) -> Binary<'_> {
        Binary { reply: self }
    }

    /// Changes the first byte.
    pub(crate) fn set_first(&mut self, byte: u8) {
        if let Some(first) = self.body.first_mut() {
            *first = byte;
        }
    }

    /// Replaces the reply with an error.
    pub(crate) fn set_error(&mut self, refused: Refused) {
        self.set("E");
        self.push_hex(refused.code());
    }

    /// Queues the reply for sending from its beginning.
    pub(crate) fn post(&mut self) {
        if self.is_cut {
            self.set_error(Refused::Full);
        }
        self.outgoing.post(0);
    }

    /// Returns whether part of it remains to be sent.
    pub(crate) const fn is_due(&self) -> bool {
        self.outgoing.is_due()
    }

    /// Stops sending.
    pub(crate) const fn withdraw(&mut self) {
        self.outgoing.withdraw();
    }

    /// Returns the next byte to send.
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        let body = self.body.get(..self.len).unwrap_or(&[]);
        self.outgoing.next_byte(body)
    }
}

impl fmt::Write for Reply {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

/// Writes text with escapes.
#[derive(Debug)]
pub(crate) struct Binary<'r> {
    reply: &'r mut Reply,
}

impl fmt::Write for Binary<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.reply.push_binary(byte));
        Ok(())
    }
}

/// Writes text as pairs of hex digits, as much of it as fits.
#[derive(Debug)]
pub(crate) struct Digits<'r> {
    reply: &'r mut Reply,
}

impl fmt::Write for Digits<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.reply.room() < 2 {
                return Err(fmt::Error);
            }
            self.reply.push_hex(byte);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::frame::{Decoder, Event};

    extern crate std;
    use std::vec::Vec;

    fn sent(reply: &mut Reply) -> Vec<u8> {
        core::iter::from_fn(|| reply.next_byte()).collect()
    }

    /// Expands run lengths as the GDB manual describes.
    fn expanded(body: &[u8]) -> Vec<u8> {
        let mut all: Vec<u8> = Vec::new();
        let mut bytes = body.iter();
        while let Some(&byte) = bytes.next() {
            if byte == b'*' {
                let count = bytes.next().expect("a count") - 29;
                let last = *all.last().expect("what to repeat");
                all.extend(core::iter::repeat_n(last, count.into()));
            } else {
                all.push(byte);
            }
        }
        all
    }

    proptest! {
        #[test]
        fn run_lengths_stand_for_what_was_written(
            runs in prop::collection::vec((b'a'..b'd', 1_usize..220), 0..20),
        ) {
            let body: Vec<u8> = runs
                .iter()
                .flat_map(|(byte, n)| core::iter::repeat_n(*byte, *n))
                .collect();
            let mut reply = Reply::new();
            body.iter().for_each(|byte| reply.push(*byte));
            for _ in 0..2 {
                reply.post();
                let frame = sent(&mut reply);
                let mut decoder = Decoder::<PACKET_BYTES>::new();
                let events: Vec<_> = frame
                    .iter()
                    .map(|byte| decoder.push(*byte))
                    .filter(|event| *event != Event::None)
                    .collect();
                prop_assert_eq!(events, [Event::Frame(Kind::Rsp)]);
                prop_assert_eq!(expanded(decoder.body()), &body[..]);
            }
        }
    }

    #[test]
    fn what_does_not_fit_becomes_an_error() {
        let mut reply = Reply::new();
        (0..=PACKET_BYTES).for_each(|_| reply.push(b'0'));
        reply.post();
        assert_eq!(sent(&mut reply), b"$E1c#d9");
    }
}
