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

/// The slowest line whose answers are worth waiting for, in bits a second.
const SLOWEST: u32 = 1200;

const ZERO: Duration = Duration::ZERO;

/// How long a stub has to reject [`PROBE`](super::frame::PROBE).
const PROBE_TIME: Duration = Duration::from_millis(250);

impl Client {
    /// Returns when to give up.
    pub(super) fn deadline(&self) -> Instant {
        match self.probed_at {
            Some(probed_at) => probed_at + PROBE_TIME,
            None => {
                let since = self.unanswered_since.unwrap_or(self.reply_at);
                // Where nothing arrives, nothing is waited for longer.
                let has_begun = self.frame.last_at > since;
                let more = if has_begun { self.arriving() } else { ZERO };
                since + self.timeout + more
            }
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
        // Bytes that trickle in do not hold us up for ever.
        let baud = self.baud.map_or(SLOWEST, |baud| baud.min(SLOWEST));
        let at_worst = MAX_GAP + time_of(self.frame.bytes, baud);
        known.max(self.frame.began_at.elapsed().min(at_worst))
    }

    /// Returns how long a frame takes on the line at worst.
    fn line_time(&self, body_bytes: usize) -> Duration {
        // Every byte escaped.
        let bytes = 2 * body_bytes + FRAME_BYTES;
        self.baud.map_or(ZERO, |baud| time_of(bytes, baud))
    }
}

/// Returns how long bytes take at a baud rate: a start bit, eight of data, a
/// stop bit.
fn time_of(bytes: usize, baud: u32) -> Duration {
    Duration::from_micros(10_000_000 * bytes as u64 / u64::from(baud.max(1)))
}
