//! One measurement: what went over the line, and how long it took.

use super::tap::{Tap, Traffic};
use std::time::Instant;

/// What something has cost.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    /// On the line.
    pub traffic: Traffic,
    /// The time that the client waited.
    pub seconds: f64,
}

/// Measures `action` once.
pub fn once(tap: &Tap, action: impl FnOnce()) -> Sample {
    let before = tap.at_rest();
    let start = Instant::now();
    action();
    let seconds = start.elapsed().as_secs_f64();
    Sample { traffic: tap.at_rest() - before, seconds }
}

/// Measures `action` this many times, each after `prepare`, and returns the
/// sample with the median time.
///
/// # Panics
///
/// Panics if `times` is 0.
pub fn median<T>(
    tap: &Tap,
    times: usize,
    with: &mut T,
    mut prepare: impl FnMut(&mut T),
    mut action: impl FnMut(&mut T),
) -> Sample {
    let mut samples: Vec<_> = (0..times)
        .map(|_| {
            prepare(with);
            once(tap, || action(with))
        })
        .collect();
    samples.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    samples[times / 2]
}
