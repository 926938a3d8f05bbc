//! An address space as runs of pages that are mapped alike.

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
    found: impl FnMut(Run) -> bool,
) -> Result<(), M::Error> {
    runs_within(memory, directory, from, u32::MAX, found).map(|_| ())
}

/// As [`runs`], but stops after the table in which `effort` is used up: each
/// table costs [`TABLE_EFFORT`] and each page in it 1. Returns where to
/// continue; a run is cut there. None if that was all, or `found` returned
/// false.
///
/// # Errors
///
/// As [`runs`].
pub fn runs_within<M: Tables>(
    memory: &mut M,
    directory: PhysAddr,
    from: VirtAddr,
    mut effort: u32,
    mut found: impl FnMut(Run) -> bool,
) -> Result<Option<VirtAddr>, M::Error> {
    let mut open: Option<Open> = None;
    let first_page = from.page_number();
    let mut slot = from.0 / SLOT_BYTES;
    while let Some((next, entry)) = next_slot(memory, directory, slot)? {
        if effort == 0 {
            let whole = open.is_none_or(|open| found(open.run));
            return Ok(whole.then_some(VirtAddr(next * SLOT_BYTES)));
        }
        slot = next + 1;
        let base = next * ENTRIES as u32;
        if entry.has(Entry::LARGE) {
            let key = entry.large_frame().0 | entry.0 & RIGHTS;
            let pages = Pages { page: base, key, count: ENTRIES as u32 };
            if base >= first_page && !join(&mut open, pages, &mut found) {
                return Ok(None);
            }
            continue;
        }
        let table = memory.table(entry.frame())?;
        let skip = first_page.saturating_sub(base).min(ENTRIES as u32);
        effort = effort.saturating_sub(TABLE_EFFORT);
        let (groups, _) = table.as_chunks();
        for (group, entries) in (0..).zip(groups) {
            if is_empty(entries) {
                continue;
            }
            let first = group * GROUP as u32;
            for (index, &raw) in (first..).zip(entries) {
                if raw & Entry::PRESENT == 0 || index < skip {
                    continue;
                }
                effort = effort.saturating_sub(1);
                let key = raw & (FRAME | entry.0 & RIGHTS);
                let page = Pages { page: base + index, key, count: 1 };
                if !join(&mut open, page, &mut found) {
                    return Ok(None);
                }
            }
        }
    }
    if let Some(Open { run, .. }) = open {
        found(run);
    }
    Ok(None)
}

/// What a table costs, however few pages it maps.
pub const TABLE_EFFORT: u32 = 64;

/// Entries that are looked at together: most of a table is empty.
const GROUP: usize = 8;

/// Returns whether none of the entries is present.
const fn is_empty(entries: &[u32; GROUP]) -> bool {
    let [a, b, c, d, e, f, g, h] = *entries;
    (a | b | c | d | e | f | g | h) & Entry::PRESENT == 0
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

/// The part of an entry that names a frame.
const FRAME: u32 = !(PAGE_BYTES - 1);

/// The part of an entry that grants rights.
const RIGHTS: u32 = Entry::WRITABLE | Entry::USER;

/// Consecutive pages with equal rights in consecutive frames.
#[derive(Clone, Copy)]
struct Pages {
    /// The first one's number.
    page: u32,
    /// The first one's frame, and the rights of all.
    key: u32,
    count: u32,
}

/// A run that may still grow.
#[derive(Clone, Copy)]
struct Open {
    run: Run,
    /// The page, and its key, that would extend it.
    next: Pages,
    /// The last page it may grow to: the last of the row.
    last_page: u32,
}

/// Adds pages to the open run, or reports it and opens another. Returns
/// false if the report was refused.
#[inline]
fn join(
    open: &mut Option<Open>,
    pages: Pages,
    found: &mut impl FnMut(Run) -> bool,
) -> bool {
    if let Some(Open { run, next, last_page }) = open
        && next.key == pages.key
        && next.page == pages.page
        && pages.page <= *last_page
    {
        run.pages += pages.count;
        next.page += pages.count;
        next.key = next.key.wrapping_add(pages.count * PAGE_BYTES);
        return true;
    }
    let is_refused = open.is_some_and(|open| !found(open.run));
    if !is_refused {
        *open = Some(Open::new(pages));
    }
    !is_refused
}

impl Open {
    fn new(Pages { page, key, count }: Pages) -> Self {
        let start = VirtAddr(page * PAGE_BYTES);
        let physical = PhysAddr(key & FRAME);
        let writable = key & Entry::WRITABLE != 0;
        let user = key & Entry::USER != 0;
        let next_key = key.wrapping_add(count * PAGE_BYTES);
        Self {
            run: Run { start, pages: count, physical, writable, user },
            next: Pages { page: page + count, key: next_key, count },
            last_page: row_last(start).page_number(),
        }
    }
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
    fn a_limited_effort_cuts_a_run_and_returns_where_to_continue() {
        let mut memory = Memory::default();
        for page in 0xD3FE..0xD802_u32 {
            memory.map(page << 12, 0x0100_0000 + (page << 12), 6);
        }
        let mut from = Some(VirtAddr(0));
        let mut list = Vec::new();
        while let Some(start) = from {
            let found = |run: Run| {
                list.push((run.start.0, run.pages));
                true
            };
            from = runs_within(&mut memory, DIRECTORY, start, 2, found)
                .expect("every table is there");
        }
        let cut = [(0x0D3F_E000, 2), (0x0D40_0000, 1024), (0x0D80_0000, 2)];
        assert_eq!(list, cut);
        assert_eq!(memory.runs(0, 9), [(0x0D3F_E000, 1028)]);
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
