//! The collector of frames: their owners, their purposes, and their numbers of
//! references.

use crate::debugger::collector::{Asked, Collector};
use crate::debugger::slice::Slice;
use crate::memory::frame_records::{self, Usage};
use layout::{PAGE_BYTES, PhysAddr};
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::rows::FrameRun;

/// Records between two checks of the clock.
const RECORDS_PER_CHECK: u32 = 256;

impl Collector for FrameRun<'_> {
    const SOURCES: &'static [Structure] = &[Structure::FrameTree];

    /// Pushes runs of frames that are used alike, from frame `from` on. A run
    /// may be cut where the time is up.
    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let slice = Slice::begin();
        let mut first = asked.from;
        while let Some(usage) = usage_of(first) {
            let mut end = first + 1;
            let mut is_over = false;
            while !is_over && usage_of(end) == Some(usage) {
                end += 1;
                is_over = end.is_multiple_of(RECORDS_PER_CHECK)
                    && slice.is_over(sink);
            }
            let row = FrameRun {
                first: PhysAddr(first * PAGE_BYTES),
                frames: end - first,
                owner_process: (usage.owner != 0).then_some(usage.owner),
                kind: usage.kind.name(),
                references: usage.references,
            };
            if !sink.push(first, &row) {
                return Ok(());
            }
            first = end;
            if slice.is_over(sink) && usage_of(first).is_some() {
                sink.stop(first);
                return Ok(());
            }
        }
        Ok(())
    }
}

fn usage_of(frame: u32) -> Option<Usage> {
    frame_records::get(PhysAddr(frame.checked_mul(PAGE_BYTES)?))
}
