//! How long the line may be silent before a request is sent again.
//!
//! The first retry comes early. Later ones adapt to how long this target takes
//! to answer on this line, and to late answers: one to a request that had been
//! given up shows that it was given up too early.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The limit on an unknown line. Longer than any stub takes, and than USB
/// adapters hold bytes back.
const INITIAL: Duration = Duration::from_millis(150);
/// The minimum, even on a fast line: a busy host can delay both ends.
const MIN: Duration = Duration::from_millis(40);
/// The maximum.
const MAX: Duration = Duration::from_secs(1);

/// How many of the requests that were given up are remembered.
const REMEMBERED: usize = 8;

/// What is known about the time that answers take.
#[derive(Debug, Default)]
pub(super) struct RetryTimer {
    /// How long answers take to begin; rises at once and falls slowly.
    expected: Option<Duration>,
    /// How many requests were lost since the last answer.
    losses: u32,
    /// Requests that were given up but may still be answered, and when they
    /// were sent.
    given_up: VecDeque<(u16, Instant)>,
}

impl RetryTimer {
    /// Returns how long silence may last.
    pub(super) fn limit(&self) -> Duration {
        let quiet = self.expected.map_or(INITIAL, |time| MIN + 2 * time);
        (quiet * (1 << self.losses.min(4))).min(MAX)
    }

    /// Records an answer that began this long after its request, or after the
    /// answer before it.
    pub(super) fn answered_after(&mut self, time: Duration) {
        self.losses = 0;
        let before = self.expected.unwrap_or(time);
        self.expected = Some(time.max(before - before / 8));
    }

    /// Records an answer to a request that was sent more than once, so that it
    /// is unknown which copy it answers.
    pub(super) fn answered_ambiguously(&mut self, id: u16, last: Instant) {
        self.losses = 0;
        self.remember(id, last);
    }

    /// Records a request that was given up.
    pub(super) fn given_up(&mut self, id: u16, sent_at: Instant) {
        self.losses += 1;
        self.remember(id, sent_at);
    }

    /// Records an answer to a request that is no longer in flight.
    pub(super) fn answered_late(&mut self, id: u16, began_at: Instant) {
        let at = self.given_up.iter().rposition(|(i, _)| *i == id);
        if let Some((_, sent_at)) = at.and_then(|at| self.given_up.remove(at)) {
            self.answered_after(began_at.saturating_duration_since(sent_at));
        }
    }

    fn remember(&mut self, id: u16, sent_at: Instant) {
        if self.given_up.len() == REMEMBERED {
            self.given_up.pop_front();
        }
        self.given_up.push_back((id, sent_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    #[test]
    fn the_first_retry_is_early_and_the_next_ones_are_later() {
        let mut retry_timer = RetryTimer::default();
        let now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..5 {
            waits.push(retry_timer.limit());
            retry_timer.given_up(1, now);
        }
        assert_eq!(waits, [ms(150), ms(300), ms(600), MAX, MAX]);
        retry_timer.answered_ambiguously(1, now);
        assert_eq!(retry_timer.limit(), ms(150));
    }

    #[test]
    fn a_fast_line_is_asked_again_sooner_and_a_slow_one_later() {
        let mut retry_timer = RetryTimer::default();
        retry_timer.answered_after(ms(5));
        assert_eq!(retry_timer.limit(), ms(50));
        retry_timer.answered_after(ms(160));
        assert_eq!(retry_timer.limit(), ms(360));
        // A single fast answer proves little.
        retry_timer.answered_after(ms(5));
        assert_eq!(retry_timer.limit(), ms(320));
        for _ in 0..50 {
            retry_timer.answered_after(ms(5));
        }
        assert_eq!(retry_timer.limit(), ms(50));
        retry_timer.answered_after(ms(60_000));
        assert_eq!(retry_timer.limit(), MAX);
    }

    #[test]
    fn a_late_answer_shows_that_it_was_given_up_too_early() {
        let (mut retry_timer, start) = (RetryTimer::default(), Instant::now());
        retry_timer.given_up(1, start);
        // Sent again after 150 ms; both copies are answered.
        retry_timer.answered_ambiguously(1, start + ms(150));
        assert_eq!(retry_timer.limit(), ms(150));
        retry_timer.answered_late(1, start + ms(550));
        assert_eq!(retry_timer.limit(), ms(840));

        let mut retry_timer = RetryTimer::default();
        // Sent again under another number.
        retry_timer.given_up(1, start);
        retry_timer.answered_late(1, start + ms(400));
        assert_eq!(retry_timer.limit(), ms(840));
        // Answers to others say nothing.
        retry_timer.answered_late(1, start + ms(5000));
        retry_timer.answered_late(7, start + ms(5000));
        assert_eq!(retry_timer.limit(), ms(840));
    }

    #[test]
    fn losses_do_not_count_as_slowness() {
        let (mut retry_timer, now) = (RetryTimer::default(), Instant::now());
        retry_timer.answered_after(ms(5));
        for id in 0..1000 {
            retry_timer.given_up(id, now);
            retry_timer.answered_ambiguously(id, now);
        }
        assert_eq!(retry_timer.limit(), ms(50));
        assert_eq!(retry_timer.given_up.len(), REMEMBERED);
    }
}
