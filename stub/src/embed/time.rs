//! Capability: time.

/// A clock. By default there is none: what ends after some time does so
/// after some looks at the line, and what an answer has cost is not told.
pub trait Time {
    /// Returns a clock in microseconds that wraps around.
    fn now_us(&mut self) -> Option<u32> {
        None
    }
}
