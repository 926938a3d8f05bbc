//! The time slice of a collector.

use crate::devices::clock;
use stub::embed::RowSink;

/// Less than the 500 µs within which the receiver must be drained.
const SLICE_US: u32 = 400;

/// A time slice, which starts when it is created.
pub(super) struct Slice {
    began: u32,
}

impl Slice {
    pub(super) fn begin() -> Self {
        Self { began: clock::now_us() }
    }

    /// Returns whether it is used up.
    pub(super) fn is_over(&self, sink: &mut RowSink<'_>) -> bool {
        sink.poll_line() && clock::now_us().wrapping_sub(self.began) >= SLICE_US
    }
}
