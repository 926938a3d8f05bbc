//! Waiting for a condition, with a time limit.

use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is checked.
const INTERVAL: Duration = Duration::from_millis(5);

/// Calls `probe` until it returns something.
///
/// # Panics
///
/// Panics with `what` if that takes longer than `limit`.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} for {what}");
        thread::sleep(INTERVAL);
    }
}

/// Calls `probe` until it returns true.
///
/// # Panics
///
/// Panics with `what` if that takes longer than `limit`.
pub fn wait_until(
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> bool,
) {
    wait_for(what, limit, || probe().then_some(()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "for a day that never comes")]
    fn what_never_happens_ends_with_its_name() {
        let limit = Duration::from_millis(20);
        wait_until("a day that never comes", limit, || false);
    }
}
