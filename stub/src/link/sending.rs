//! Sending: acknowledgements first, then frames, each in one piece.

use super::frames::Link;
use crate::embed::SerialLine;
use wire::frame::Kind;

/// How long a transmitter may accept no byte, in microseconds. At a 16550's
/// lowest speed, 50 bits per second, a byte takes a fifth of this.
const STALL_US: u32 = 1_000_000;

impl<L: SerialLine> Link<L> {
    /// Returns whether anything remains to be sent.
    pub(crate) fn is_sending(&self) -> bool {
        !self.acks.is_empty() || self.reply.is_due() || self.query.is_due()
    }

    /// Gives the transmitter as much as it takes without waiting.
    pub(crate) fn burst(&mut self, now: u32) {
        let room = self.intake.line.room();
        self.send(room, now);
    }

    /// Sends everything, keeping what arrives in the meantime.
    pub(crate) fn flush(&mut self, mut now_us: impl FnMut() -> u32) {
        let mut sent_us = now_us();
        while self.is_sending() {
            let now = now_us();
            let room = self.intake.line.room();
            if room > 0 {
                sent_us = now;
                self.send(room, now);
            } else if now.wrapping_sub(sent_us) > STALL_US {
                self.give_up();
            } else {
                core::hint::spin_loop();
            }
            self.intake.drain(now);
        }
    }

    fn send(&mut self, mut room: usize, now: u32) {
        while room > 0 {
            if self.sending == Some(Kind::Query) {
                // Most of a reply needs no escape. Taken together, its bytes
                // cost a fraction of what they cost one by one.
                let plain = self.query.plain(room);
                for byte in plain {
                    self.intake.line.send(*byte);
                }
                room = room.saturating_sub(plain.len());
                if room == 0 {
                    break;
                }
            }
            let Some(byte) = self.next_byte(now) else { break };
            self.intake.line.send(byte);
            room = room.saturating_sub(1);
        }
    }

    fn next_byte(&mut self, now: u32) -> Option<u8> {
        let kind = match self.sending {
            Some(kind) => kind,
            None if !self.acks.is_empty() => return self.acks.pop(),
            None if self.reply.is_due() => Kind::Rsp,
            None => Kind::Query,
        };
        let (byte, is_due) = match kind {
            Kind::Rsp => (self.reply.next_byte(), self.reply.is_due()),
            Kind::Query => (self.query.next_byte(now), self.query.is_due()),
        };
        // The next frame may be of either kind, and acknowledgements go first.
        self.sending = is_due.then_some(kind);
        byte
    }

    /// Discards everything to be sent: the transmitter is stuck.
    fn give_up(&mut self) {
        self.sending = None;
        self.acks.clear();
        self.reply.withdraw();
        self.query.withdraw();
    }
}
