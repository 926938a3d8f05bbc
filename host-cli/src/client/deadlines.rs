//! Until when what is awaited may come.

use super::exchange::Client;
use super::frame::{BODY_BYTES, FRAME_BYTES};
use super::under_way::Pending;
use std::time::{Duration, Instant};
use wire::frame::GAP_MS;

/// A request is presumed lost after this time even if the line is not quiet,
/// but carries other things than answers to us.
const MOST_FOR_OTHERS: Duration = Duration::from_secs(1);

/// A pause amid an answer after which the rest of it will not come.
const MOST_GAP: Duration = Duration::from_millis(GAP_MS as u64);

/// How long a stub has to refuse [`PROBE`](super::frame::PROBE).
const PROBE_TIME: Duration = Duration::from_millis(250);

impl Client {
    /// Returns when nothing more is waited for.
    pub(super) fn deadline(&self) -> Instant {
        match self.probed_at {
            Some(probed_at) => probed_at + PROBE_TIME,
            None => self.progress_at + self.timeout + self.arriving(),
        }
    }

    /// Returns which request will next be presumed lost, and when.
    pub(super) fn next_loss(&self) -> (u16, Instant) {
        let oldest = self.oldest();
        let sent = oldest.sent_at + self.line_time(oldest.request.len());
        let mut quiet = self.patience.quiet();
        if self.decoder.is_inside() {
            quiet = quiet.max(MOST_GAP);
        }
        let quiet = sent.max(self.frame.last_at) + quiet;
        let others = sent.max(self.reply_at) + MOST_FOR_OTHERS;
        (oldest.id, quiet.min(others + self.arriving()))
    }

    /// Returns the request that will be answered next.
    pub(super) fn oldest(&self) -> &Pending {
        self.under_way.oldest().expect("a request is under way")
    }

    /// Returns how long the replies under way may take on a slow line, or
    /// the one that is arriving has taken so far.
    fn arriving(&self) -> Duration {
        let known = self.line_time(self.under_way.len() * BODY_BYTES);
        let is_arriving =
            self.decoder.is_inside() && self.frame.last_at.elapsed() < MOST_GAP;
        if !is_arriving {
            return known;
        }
        known.max(self.frame.began_at.elapsed())
    }

    /// Returns how long a frame takes on the line, at worst.
    fn line_time(&self, body_bytes: usize) -> Duration {
        // A start bit, eight of data, a stop bit; every byte escaped.
        let bits = 10 * (2 * body_bytes + FRAME_BYTES) as u64;
        let micros = |baud: u32| bits * 1_000_000 / u64::from(baud.max(1));
        Duration::from_micros(self.baud.map_or(0, micros))
    }
}
