//! How long a collector may work at one go.

use crate::devices::clock;
use stub::embed::RowSink;

/// Less than the 500 µs after which the receiver must be drained.
const SLICE_US: u32 = 400;

/// A stretch of work, from its beginning.
pub(super) struct Slice {
    began: u32,
}

impl Slice {
    pub(super) fn begin() -> Self {
        Self { began: clock::now_us() }
    }

    /// Returns whether it has taken as long as it may.
    pub(super) fn is_over(&self, sink: &mut RowSink<'_>) -> bool {
        sink.breathe() && clock::now_us().wrapping_sub(self.began) >= SLICE_US
    }
}
