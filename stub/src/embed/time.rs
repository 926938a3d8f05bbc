//! Capability: time.

/// A clock. By default there is none: timeouts then count polls of the line,
/// and replies do not report how long they held up the system.
pub trait Time {
    /// Returns the microseconds since some fixed moment; the value wraps
    /// around. Called very often, at every poll of the line.
    fn now_us(&mut self) -> Option<u32> {
        None
    }

    /// Returns a number that stays the same until the next boot, which very
    /// likely has another, so that host-cli notices a reset between two
    /// answers. By default 0: boots cannot be told apart.
    fn boot(&mut self) -> u16 {
        0
    }
}
