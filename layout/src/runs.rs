//! An address space as runs of equal mapping, the way people read it.

use crate::address::{PAGE_BYTES, PhysAddr, VirtAddr};
use crate::paging::{ENTRIES, Entry, Tables};
use crate::regions::{REGIONS, SLOT_BYTES};

/// A maximal run of present pages with equal row, equal effective rights
/// and consecutive frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// The first address.
    pub start: VirtAddr,
    /// How many pages, at least 1.
    pub pages: u32,
    /// The first frame.
    pub physical: PhysAddr,
    /// Whether directory and table both allow writing.
    pub writable: bool,
    /// Whether directory and table both allow ring 3.
    pub user: bool,
}

impl Run {
    /// Returns the last byte's address.
    #[must_use]
    pub const fn last(&self) -> VirtAddr {
        VirtAddr(self.start.0 + (self.pages * PAGE_BYTES - 1))
    }
}

/// Calls `found` for each run that begins at or after the page of `from`,
/// lowest first, until it returns false.
///
/// Costs are proportional to the directory slots in use, not to the address
/// space. A run is reported whole or not at all: after a false, call again
/// from the start of the run that was refused.
///
/// # Errors
///
/// Fails if a table could not be read; the runs before it were reported.
pub fn runs<M: Tables>(
    memory: &mut M,
    directory: PhysAddr,
    from: VirtAddr,
    mut found: impl FnMut(Run) -> bool,
) -> Result<(), M::Error> {
    let mut open: Option<Open> = None;
    let first_page = from.page_number();
    let mut slot = from.0 / SLOT_BYTES;
    while let Some((next, entry)) = next_slot(memory, directory, slot)? {
        slot = next + 1;
        let base = next * ENTRIES as u32;
        if entry.has(Entry::LARGE) {
            let page = (base, entry.large_frame(), entry.0, ENTRIES as u32);
            if base >= first_page && !join(&mut open, page, &mut found) {
                return Ok(());
            }
            continue;
        }
        let table = memory.table(entry.frame())?;
        let skip = first_page.saturating_sub(base).min(ENTRIES as u32);
        for (index, &raw) in (0..).zip(table).skip(skip as usize) {
            if raw & Entry::PRESENT == 0 {
                continue;
            }
            let rights = raw & entry.0;
            let page = (base + index, Entry(raw).frame(), rights, 1);
            if !join(&mut open, page, &mut found) {
                return Ok(());
            }
        }
    }
    if let Some(Open { run, .. }) = open {
        found(run);
    }
    Ok(())
}

/// Returns the first slot in use at or after `from`.
fn next_slot<M: Tables>(
    memory: &mut M,
    directory: PhysAddr,
    from: u32,
) -> Result<Option<(u32, Entry)>, M::Error> {
    let slots = memory.table(directory.page())?;
    Ok((0..)
        .zip(slots)
        .skip(from as usize)
        .find(|(_, raw)| *raw & Entry::PRESENT != 0)
        .map(|(slot, raw)| (slot, Entry(*raw))))
}

/// A run that may still grow, up to the first page of another row.
struct Open {
    run: Run,
    row_last: VirtAddr,
}

/// Adds pages to the open run, or reports it and opens another. Returns
/// false if the report was refused.
fn join(
    open: &mut Option<Open>,
    (page, frame, rights, pages): (u32, PhysAddr, u32, u32),
    found: &mut impl FnMut(Run) -> bool,
) -> bool {
    let start = VirtAddr(page * PAGE_BYTES);
    let writable = rights & Entry::WRITABLE != 0;
    let user = rights & Entry::USER != 0;
    if let Some(Open { run, row_last }) = open {
        let bytes = run.pages * PAGE_BYTES;
        if run.start.0.wrapping_add(bytes) == start.0
            && run.physical.0.wrapping_add(bytes) == frame.0
            && (run.writable, run.user) == (writable, user)
            && start <= *row_last
        {
            run.pages += pages;
            return true;
        }
        if !found(*run) {
            return false;
        }
    }
    let run = Run { start, pages, physical: frame, writable, user };
    *open = Some(Open { run, row_last: row_last(start) });
    true
}

/// Returns the last address that has the same row, or none, as `page`.
fn row_last(page: VirtAddr) -> VirtAddr {
    match REGIONS.iter().find(|row| row.last() >= page) {
        Some(row) if row.start <= page => row.last(),
        Some(next) => VirtAddr(next.start.0 - 1),
        None => VirtAddr(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::Table;

    extern crate std;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    #[derive(Default)]
    struct Memory(BTreeMap<u32, Table>);

    impl Tables for Memory {
        type Error = PhysAddr;
        fn table(&mut self, frame: PhysAddr) -> Result<&Table, PhysAddr> {
            self.0.get(&frame.0).ok_or(frame)
        }
    }

    const DIRECTORY: PhysAddr = PhysAddr(0x1000);

    impl Memory {
        fn map(&mut self, page: u32, frame: u32, flags: u32) {
            let table = 0x10_0000 + (page >> 22) * PAGE_BYTES;
            let all = Entry::PRESENT | Entry::WRITABLE | Entry::USER;
            self.0.entry(DIRECTORY.0).or_insert([0; ENTRIES])
                [(page >> 22) as usize] = table | all;
            self.0.entry(table).or_insert([0; ENTRIES])
                [(page >> 12 & 1023) as usize] = frame | flags | 1;
        }

        fn runs(&mut self, from: u32, limit: usize) -> Vec<(u32, u32)> {
            let mut list = Vec::new();
            runs(self, DIRECTORY, VirtAddr(from), |run| {
                let room = list.len() < limit;
                if room {
                    list.push((run.start.0, run.pages));
                }
                room
            })
            .expect("every table is there");
            list
        }
    }

    #[test]
    fn runs_split_at_rows_rights_frames_and_gaps() {
        let mut memory = Memory::default();
        memory.map(0x000F_F000, 0x8000, 2);
        memory.map(0x0010_0000, 0x9000, 2); // the kernel's row begins
        memory.map(0x0010_1000, 0xA000, 2);
        memory.map(0x0010_2000, 0xB000, 0); // read only
        memory.map(0x0010_3000, 0xD000, 0); // another frame
        memory.map(0x0010_5000, 0xE000, 0); // after a gap
        memory.map(0x0D3F_F000, 0xF000, 6);
        memory.map(0x0D40_0000, 0x1_0000, 6); // across two tables
        let all = memory.runs(0, usize::MAX);
        assert_eq!(
            all,
            [
                (0x000F_F000, 1),
                (0x0010_0000, 2),
                (0x0010_2000, 1),
                (0x0010_3000, 1),
                (0x0010_5000, 1),
                (0x0D3F_F000, 2),
            ]
        );
        assert_eq!(memory.runs(0x0010_2000, 2), all[2..4]);
    }

    #[test]
    fn the_last_page_of_the_address_space_ends_a_run() {
        let mut memory = Memory::default();
        memory.map(0xFFFF_F000, 0x8000, 6);
        assert_eq!(memory.runs(0, 9), [(0xFFFF_F000, 1)]);
        let run = Run {
            start: VirtAddr(0xFFFF_F000),
            pages: 1,
            physical: PhysAddr(0),
            writable: true,
            user: true,
        };
        assert_eq!(run.last(), VirtAddr(u32::MAX));
    }

    #[test]
    fn a_directory_that_is_not_memory_is_an_error() {
        let mut memory = Memory::default();
        let result = runs(&mut memory, PhysAddr(0x5000), VirtAddr(0), |_| true);
        assert_eq!(result, Err(PhysAddr(0x5000)));
    }
}
