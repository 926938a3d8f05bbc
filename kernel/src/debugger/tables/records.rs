//! Tables with one row for each record.

use crate::debugger::slice::Slice;
use crate::records::table::{Record, Records, Slot};
use stub::embed::{NoRows, RowSink};

/// Pushes rows of records in the order of their ids, from `from` on, until
/// there is no room or no time for more.
pub(super) fn collect<T: Record>(
    records: &'static Records<T>,
    from: u32,
    sink: &mut RowSink<'_>,
    mut push: impl FnMut(&'static Slot<T>, &mut RowSink<'_>) -> bool,
) -> Result<(), NoRows> {
    let slice = Slice::begin();
    let mut next = records.after(from.saturating_sub(1));
    while let Some(record) = next {
        if !push(record, sink) {
            break;
        }
        next = records.after(record.id());
        if let Some(next) = next
            && slice.is_over(sink)
        {
            sink.stop(next.id());
            break;
        }
    }
    Ok(())
}
