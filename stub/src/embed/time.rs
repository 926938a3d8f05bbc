//! Capability: time.

/// A clock.
pub trait Time {
    /// Returns a clock in microseconds that wraps around.
    fn now_us(&mut self) -> u32;
}
