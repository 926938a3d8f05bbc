//! Physical memory by a recursive page-table window, which many kernels have.

use crate::rsp::{self, Stub};
use crate::target::error::Error;
use crate::target::machine::Paging;
use layout::paging::{ENTRIES, Entry};
use layout::{PAGE_BYTES, PhysAddr};
use std::collections::BTreeMap;

/// A slot of the directory covers this much.
const SLOT_BYTES: u32 = PAGE_BYTES * ENTRIES as u32;
/// The slots that kernels choose, to be tried before the others.
const USUAL: [u32; 4] = [1023, 1022, 8, 511];

/// A window in which all page tables of the current space appear.
pub(in crate::target) struct Window {
    pub(super) slot: u32,
    paging: Paging,
    /// Where the frames are mapped, once that was needed: by frame.
    mapped: Option<BTreeMap<PhysAddr, u32>>,
}

impl Window {
    /// Finds the window through which the directory is seen: in `slot`, or in
    /// any. None if there is none.
    pub(super) fn find(
        slot: Option<u32>,
        paging: Paging,
        stub: &mut Stub,
    ) -> Result<Option<Self>, Error> {
        let others = (0..ENTRIES as u32).filter(|slot| !USUAL.contains(slot));
        let all: Vec<u32> = match slot {
            Some(slot) => vec![slot],
            None => USUAL.into_iter().chain(others).collect(),
        };
        for slot in all {
            let window = Self { slot, paging, mapped: None };
            let entry = stub.linear(window.directory_at() + 4 * slot, 4)?;
            let entry = <[u8; 4]>::try_from(entry).map(u32::from_le_bytes);
            let is_it = |entry| {
                let entry = Entry(entry);
                entry.is_present() && entry.frame() == paging.directory
            };
            if entry.is_ok_and(is_it) {
                return Ok(Some(window));
            }
        }
        match slot {
            Some(_) => Err(Error::Unknown(
                "the page tables: the directory is not seen through the slot \
                 that --recursive-slot names",
            )),
            None => Ok(None),
        }
    }

    /// Returns the directory's address in the window.
    const fn directory_at(&self) -> u32 {
        self.table_at(self.slot)
    }

    /// Returns the address in the window of the page table in `slot`.
    const fn table_at(&self, slot: u32) -> u32 {
        self.slot * SLOT_BYTES + slot * PAGE_BYTES
    }

    /// Returns where a physical address is mapped; none if it is not.
    pub(super) fn linear(
        &mut self,
        stub: &mut Stub,
        at: PhysAddr,
    ) -> Result<Option<u32>, Error> {
        let linear = |page: u32| page + at.offset();
        if at.page() == self.paging.directory {
            return Ok(Some(linear(self.directory_at())));
        }
        if self.mapped.is_none() {
            self.mapped = Some(self.read_all(stub)?);
        }
        let page = self.mapped.as_ref().and_then(|all| all.get(&at.page()));
        Ok(page.map(|page| linear(*page)))
    }

    /// Reads all page tables; returns where each frame is mapped first.
    fn read_all(
        &self,
        stub: &mut Stub,
    ) -> Result<BTreeMap<PhysAddr, u32>, rsp::Error> {
        let mut mapped = BTreeMap::new();
        let slots = entries(stub, self.directory_at())?;
        for (slot, entry) in (0..).zip(slots) {
            // What is in pages of 4 MiB is found in no table.
            let is_large =
                self.paging.has_large_pages && entry.has(Entry::LARGE);
            if !entry.is_present() || is_large {
                continue;
            }
            let table = self.table_at(slot);
            mapped.entry(entry.frame()).or_insert(table);
            if slot == self.slot {
                continue;
            }
            for (page, entry) in (0..).zip(entries(stub, table)?) {
                if entry.is_present() {
                    let linear = slot * SLOT_BYTES + page * PAGE_BYTES;
                    mapped.entry(entry.frame()).or_insert(linear);
                }
            }
        }
        Ok(mapped)
    }
}

/// Returns the entries in the page at a linear address.
fn entries(stub: &mut Stub, at: u32) -> Result<Vec<Entry>, rsp::Error> {
    let bytes = stub.linear(at, PAGE_BYTES)?;
    let (all, _) = bytes.as_chunks();
    Ok(all.iter().map(|raw| Entry(u32::from_le_bytes(*raw))).collect())
}
