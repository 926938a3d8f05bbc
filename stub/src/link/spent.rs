//! What replies cost the running system.

use wire::query::Trailer;

/// Time taken from the running system, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spent {
    began: Option<u32>,
    longest: u32,
    total: u32,
    told: bool,
}

impl Spent {
    /// Returns zero time.
    pub(crate) const fn new() -> Self {
        Self { began: None, longest: 0, total: 0, told: false }
    }

    /// Notes that the system is held up from `now` on, if there is a clock.
    pub(crate) const fn begin(&mut self, now: Option<u32>) {
        self.began = now;
    }

    /// Notes that the system resumes. The time counts only if it was spent on a
    /// query.
    pub(crate) fn end(&mut self, now: u32, is_for_query: bool) {
        *self = if is_for_query && !self.told {
            let (longest, total) = self.at(now);
            Self { began: None, longest, total, told: false }
        } else {
            Self::new()
        };
    }

    /// Notes that the system is stopped anyway, so no time is taken from it.
    pub(crate) const fn stop(&mut self) {
        self.began = None;
    }

    /// Returns the cost as the reply itself reports it.
    pub(super) fn tell(&mut self, now: u32, boot: u16) -> Trailer {
        let (pause_us, stolen_us) = self.at(now);
        self.told = true;
        Trailer { pause_us, stolen_us, boot }
    }

    fn at(&self, now: u32) -> (u32, u32) {
        let now = self.began.map_or(0, |began| now.wrapping_sub(began));
        (self.longest.max(now), self.total.saturating_add(now))
    }
}
