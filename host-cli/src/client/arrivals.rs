//! What arrives: finds frames, and says which request they concern.

use super::error::Error;
use super::exchange::{Client, Event, Frame};
use super::frame::MAX_FRAME_BYTES;
use super::reply::{self, BadReply};
use std::time::{Duration, Instant};
use wire::frame::{Event as Found, Kind};

/// Damage that arrives sooner than this after a request may not be in its
/// answer.
const SETTLED: Duration = Duration::from_millis(1);

impl Client {
    /// Takes the next byte; returns the event that it completes.
    pub(super) fn take(&mut self, byte: u8) -> Result<Option<Event>, Error> {
        let was_inside = self.decoder.is_inside();
        let found = self.decoder.push(byte);
        if self.decoder.is_inside() {
            let now = Instant::now();
            if !was_inside || matches!(found, Found::Cut(_)) {
                self.frame = Frame { began_at: now, last_at: now, bytes: 0 };
            }
            self.frame.last_at = now;
            self.frame.bytes += 1;
            if self.frame.bytes > MAX_FRAME_BYTES {
                self.decoder.abandon();
                self.evidence.noise();
                return Ok(self.damaged());
            }
        }
        match found {
            Found::Frame(Kind::Query) => return self.frame(),
            Found::BadChecksum(Kind::Query)
            | Found::TooLong(Kind::Query)
            | Found::Cut(Kind::Query) => {
                self.evidence.damage();
                return Ok(self.damaged());
            }
            // This may be ours as well, with its first byte damaged.
            Found::BadChecksum(Kind::Rsp) => {
                self.evidence.noise();
                return Ok(self.damaged());
            }
            Found::Frame(Kind::Rsp) | Found::Ack | Found::Nak => {
                self.evidence.packet();
            }
            Found::None => {}
            Found::Noise
            | Found::Interrupt
            | Found::Cut(Kind::Rsp)
            | Found::TooLong(Kind::Rsp) => self.evidence.noise(),
        }
        Ok(None)
    }

    /// Handles the frame that the decoder holds.
    fn frame(&mut self) -> Result<Option<Event>, Error> {
        let body = self.decoder.body();
        if self.in_flight.contains(body) {
            self.evidence.echo = true;
            return Ok(None);
        }
        let mut reply = match reply::decode(body) {
            Ok(reply) => reply,
            Err(BadReply::Damaged) => {
                self.evidence.damage();
                return Ok(self.damaged());
            }
            Err(BadReply::Version(version)) => {
                return Err(Error::Version(version));
            }
            Err(BadReply::Malformed) => return Err(Error::Malformed),
        };
        self.evidence.valid();
        self.probed_at = None;
        let id = reply.head.id;
        let began_at = self.frame.began_at;
        let Some(pending) = self.in_flight.complete(id) else {
            self.retry_timer.answered_late(id, began_at);
            return Ok(None);
        };
        if pending.is_resent {
            self.retry_timer.answered_ambiguously(id, pending.sent_at);
        } else {
            let free_at = pending.sent_at.max(self.reply_at);
            let time = began_at.saturating_duration_since(free_at);
            self.retry_timer.answered_after(time);
        }
        let now = Instant::now();
        reply.round_trip = now - pending.sent_at;
        let waits = self.in_flight.len() > 0;
        self.unanswered_since = waits.then_some(now);
        self.damage_due = None;
        self.evidence.answered();
        self.reply_at = now;
        Ok(Some(Event::Reply(reply)))
    }

    /// Returns the request whose answer was damaged: answers come in order.
    ///
    /// Later if that request was only just sent, so that a flood of damage does
    /// not become a flood of requests: the more of them had no answer, the
    /// longer this takes.
    fn damaged(&mut self) -> Option<Event> {
        let oldest = self.in_flight.oldest()?;
        let doublings = self.evidence.asked_in_vain().saturating_sub(4).min(8);
        let due = oldest.sent_at + SETTLED * (1 << doublings);
        if Instant::now() < due {
            self.damage_due = Some(due);
            return None;
        }
        Some(Event::Damaged(oldest.id))
    }
}
