//! Tables with one row for each record.

use crate::debugger::slice::Slice;
use crate::records::table::{Record, Slot};
use stub::embed::{NoRows, RowSink};

/// Pushes rows of records in the order of their ids, from `from` on, until
/// there is no room or no time for more.
pub(super) fn collect<T: Record>(
    from: u32,
    sink: &mut RowSink<'_>,
    mut push: impl FnMut(&'static Slot<T>, &mut RowSink<'_>) -> bool,
) -> Result<(), NoRows> {
    let slice = Slice::begin();
    let mut next = T::TABLE.after(from.saturating_sub(1));
    while let Some(record) = next {
        if !push(record, sink) {
            break;
        }
        next = T::TABLE.after(record.id());
        if let Some(next) = next
            && slice.is_over(sink)
        {
            sink.stop(next.id());
            break;
        }
    }
    Ok(())
}
