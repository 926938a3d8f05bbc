//! How long an answer may be awaited in silence.
//!
//! At first a request is asked again soon. Then it goes by how long this
//! target on this line has taken, and by what came in vain: an answer to a
//! request that had been given up says that it was given up too early.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a line may be silent before it is known. Longer than any stub
/// needs and than USB adapters hold bytes back.
const FIRST: Duration = Duration::from_millis(150);
/// The least, on a line that answers at once: a busy host may let either
/// end wait.
const LEAST: Duration = Duration::from_millis(40);
/// The most.
const MOST: Duration = Duration::from_secs(1);

/// How many of the requests that were given up are remembered.
const REMEMBERED: usize = 8;

/// What is known of the time that answers take.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// How long answers take to begin; slow ones are forgotten slowly.
    expected: Option<Duration>,
    /// How many requests have met silence since the last answer.
    losses: u32,
    /// Requests whose answers may still come, and when they were sent.
    given_up: VecDeque<(u16, Instant)>,
}

impl Patience {
    /// Returns how long silence may last.
    pub(super) fn quiet(&self) -> Duration {
        let quiet = self.expected.map_or(FIRST, |time| LEAST + 2 * time);
        (quiet * (1 << self.losses.min(4))).min(MOST)
    }

    /// An answer has begun so long after its request, or after the answer
    /// before it.
    pub(super) fn answered_after(&mut self, time: Duration) {
        self.losses = 0;
        let before = self.expected.unwrap_or(time);
        self.expected = Some(time.max(before - before / 8));
    }

    /// An answer has come to a request that was sent more than once: who
    /// knows to which time.
    pub(super) fn answered_to_one_of_many(&mut self, id: u16, last: Instant) {
        self.losses = 0;
        self.remember(id, last);
    }

    /// A request is given up after silence.
    pub(super) fn given_up(&mut self, id: u16, sent_at: Instant) {
        self.losses += 1;
        self.remember(id, sent_at);
    }

    /// An answer has begun that nobody waits for.
    pub(super) fn late(&mut self, id: u16, began_at: Instant) {
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
    fn the_first_retry_is_early_and_those_behind_it_later() {
        let mut patience = Patience::default();
        let now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..5 {
            waits.push(patience.quiet());
            patience.given_up(1, now);
        }
        assert_eq!(waits, [ms(150), ms(300), ms(600), MOST, MOST]);
        patience.answered_to_one_of_many(1, now);
        assert_eq!(patience.quiet(), ms(150));
    }

    #[test]
    fn a_fast_line_is_asked_again_sooner_and_a_slow_one_later() {
        let mut patience = Patience::default();
        patience.answered_after(ms(5));
        assert_eq!(patience.quiet(), ms(50));
        patience.answered_after(ms(160));
        assert_eq!(patience.quiet(), ms(360));
        // One answer that is fast for once proves little.
        patience.answered_after(ms(5));
        assert_eq!(patience.quiet(), ms(320));
        for _ in 0..50 {
            patience.answered_after(ms(5));
        }
        assert_eq!(patience.quiet(), ms(50));
        patience.answered_after(ms(60_000));
        assert_eq!(patience.quiet(), MOST);
    }

    #[test]
    fn an_answer_after_all_says_that_it_was_given_up_too_early() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        patience.given_up(1, start);
        // Asked again after 150 ms; the answer to the first comes, and then
        // the one to the second.
        patience.answered_to_one_of_many(1, start + ms(150));
        assert_eq!(patience.quiet(), ms(150));
        patience.late(1, start + ms(550));
        assert_eq!(patience.quiet(), ms(840));

        let mut patience = Patience::default();
        // Asked again under another number.
        patience.given_up(1, start);
        patience.late(1, start + ms(400));
        assert_eq!(patience.quiet(), ms(840));
        // Answers to others say nothing.
        patience.late(1, start + ms(5000));
        patience.late(7, start + ms(5000));
        assert_eq!(patience.quiet(), ms(840));
    }

    #[test]
    fn losses_are_no_slowness() {
        let (mut patience, now) = (Patience::default(), Instant::now());
        patience.answered_after(ms(5));
        for id in 0..1000 {
            patience.given_up(id, now);
            patience.answered_to_one_of_many(id, now);
        }
        assert_eq!(patience.quiet(), ms(50));
        assert_eq!(patience.given_up.len(), REMEMBERED);
    }
}
