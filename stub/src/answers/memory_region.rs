//! lldb's `memory region`: what is mapped at an address, or how far a hole
//! reaches.

use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::{AddressSpace, Debuggee, row_of};
use core::fmt::Write;
use layout::regions::Region as Row;
use layout::runs::{Run, runs};
use layout::{PhysAddr, VirtAddr};
use wire::hex;

/// Where lldb's addresses end.
const END: u64 = u64::MAX;

/// Pages that follow each other, are mapped with equal rights, and are in the
/// same row.
struct Region {
    first: Run,
    end: u64,
}

/// Answers what follows `qMemoryRegionInfo:`, an address of up to 64 bits.
pub(crate) fn answer<M: Machine>(
    rest: &[u8],
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let wide = number(rest).ok_or(Refused::Invalid)?;
    reply.clear();
    let AddressSpace::Paged(directory) = debuggee.memory_space()? else {
        // Everything may be memory.
        return Ok(());
    };
    let rows = debuggee.machine.regions();
    let address = u32::try_from(wide).ok().map(VirtAddr);
    let next = address.and_then(|it| next(it, directory, rows, debuggee));
    // It all fits in a reply.
    let _ = match next {
        Some(Region { first, end }) if u64::from(first.start.0) <= wide => {
            let start = u64::from(first.start.0);
            let size = end.saturating_sub(start);
            let rights = if first.writable { "rwx" } else { "rx" };
            let _ = write!(
                reply,
                "start:{start:x};size:{size:x};permissions:{rights};"
            );
            let Some(row) = row_of(rows, first.start) else { return Ok(()) };
            reply.push_str("name:");
            let _ = reply.digits().write_str(row.name);
            reply.write_char(';')
        }
        next => {
            let end = next.map_or(END, |next| next.first.start.0.into());
            let size = end.saturating_sub(wide);
            write!(reply, "start:{wide:x};size:{size:x};")
        }
    };
    Ok(())
}

/// Returns the first region that ends after `address`.
fn next<M: Machine>(
    address: VirtAddr,
    directory: PhysAddr,
    rows: &'static [Row],
    debuggee: &mut Debuggee<M>,
) -> Option<Region> {
    let mut found: Option<Region> = None;
    let mut push = |run: Run| {
        let end = u64::from(run.last().0).saturating_add(1);
        let Some(Region { first, end: last }) = &mut found else {
            found = Some(Region { first: run, end });
            return run.start <= address;
        };
        let is_more = *last == run.start.0.into()
            && (first.writable, first.user) == (run.writable, run.user)
            && row_of(rows, first.start) == row_of(rows, run.start);
        if is_more {
            *last = end;
        }
        is_more
    };
    let push: &mut dyn FnMut(Run) -> bool = &mut push;
    // The regions end at a page table whose address has no memory.
    let _ = runs(debuggee, directory, address, push);
    found
}

/// Parses a number of up to 64 bits.
fn number(digits: &[u8]) -> Option<u64> {
    let (high, low) = match digits.len().checked_sub(8) {
        None | Some(0) => (0, digits),
        Some(count) => {
            let (high, low) = digits.split_at_checked(count)?;
            (hex::number(high)?, low)
        }
    };
    Some(u64::from(high) << 32 | u64::from(hex::number(low)?))
}
