//! When to stop waiting.

use super::exchange::Client;
use super::frame::{BODY_BYTES, FRAME_BYTES};
use super::in_flight::Pending;
use std::time::{Duration, Instant};
use wire::frame::GAP_MS;

/// A request is presumed lost after this time even if the line is busy, but
/// not with answers to us.
const MAX_UNRELATED: Duration = Duration::from_secs(1);

/// A pause within an answer after which the rest of it will not come.
const MAX_GAP: Duration = Duration::from_millis(GAP_MS as u64);

/// How long a stub has to reject [`PROBE`](super::frame::PROBE).
const PROBE_TIME: Duration = Duration::from_millis(250);

impl Client {
    /// Returns when to give up.
    pub(super) fn deadline(&self) -> Instant {
        match self.probed_at {
            Some(probed_at) => probed_at + PROBE_TIME,
            None => self.progress_at + self.timeout + self.arriving(),
        }
    }

    /// Returns the request that will be presumed lost next, and when.
    pub(super) fn next_loss(&self) -> (u16, Instant) {
        let oldest = self.oldest();
        let sent = oldest.sent_at + self.line_time(oldest.request.len());
        let mut quiet = self.retry_timer.limit();
        if self.decoder.is_inside() {
            quiet = quiet.max(MAX_GAP);
        }
        let quiet = sent.max(self.frame.last_at) + quiet;
        let others = sent.max(self.reply_at) + MAX_UNRELATED;
        (oldest.id, quiet.min(others + self.arriving()))
    }

    /// Returns the request that will be answered next.
    pub(super) fn oldest(&self) -> &Pending {
        self.in_flight.oldest().expect("a request is in flight")
    }

    /// Returns how long the replies in flight may take on a slow line, or how
    /// long the one that is arriving has taken so far if that is longer.
    fn arriving(&self) -> Duration {
        let known = self.line_time(self.in_flight.len() * BODY_BYTES);
        let is_arriving =
            self.decoder.is_inside() && self.frame.last_at.elapsed() < MAX_GAP;
        if !is_arriving {
            return known;
        }
        known.max(self.frame.began_at.elapsed())
    }

    /// Returns how long a frame takes on the line at worst.
    fn line_time(&self, body_bytes: usize) -> Duration {
        // A start bit, eight of data, a stop bit; every byte escaped.
        let bits = 10 * (2 * body_bytes + FRAME_BYTES) as u64;
        let micros = |baud: u32| bits * 1_000_000 / u64::from(baud.max(1));
        Duration::from_micros(self.baud.map_or(0, micros))
    }
}
