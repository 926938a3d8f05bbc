//! How long a call may wait.

use crate::devices::clock::{self, TICKS_PER_SECOND};

/// How long a call may wait: the tick at which it times out, if it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(pub(crate) Option<u32>);

impl Deadline {
    /// Returns the deadline of a call that may take this many milliseconds; 0
    /// means none.
    pub(crate) fn after(milliseconds: u32) -> Self {
        Self((milliseconds != 0).then(|| tick_after(milliseconds)))
    }

    /// Returns whether it has passed.
    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|tick| !is_after(tick, clock::ticks()))
    }
}

/// Returns the first tick at which this many milliseconds have passed.
pub(crate) fn tick_after(milliseconds: u32) -> u32 {
    // The current tick is already partly over, so it does not count. More than
    // half the counter's range would look like the past.
    let ticks = milliseconds.div_ceil(1000 / TICKS_PER_SECOND) + 1;
    clock::ticks().wrapping_add(ticks.min(i32::MAX as u32))
}

/// Compares two ticks of a counter that wraps around.
pub(crate) const fn is_after(tick: u32, other: u32) -> bool {
    tick.wrapping_sub(other) as i32 > 0
}
