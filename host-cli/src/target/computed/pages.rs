//! A machine's page directories and page tables, each read once.

use crate::target::error::Error;
use crate::target::machine::{Machine, Paging};
use layout::paging::{ENTRIES, Entry, Table, Tables};
use layout::{PAGE_BYTES, PhysAddr};
use std::collections::BTreeMap;

/// A machine's page directories and page tables, each read once: it stands
/// while it is looked at.
pub(super) struct Pages {
    pub(super) machine: Box<dyn Machine>,
    /// The directory that is walked: only there has PS a meaning.
    pub(super) root: PhysAddr,
    paging: Option<Paging>,
    read: BTreeMap<PhysAddr, Box<Table>>,
    /// The directory without PS, where that has no meaning.
    small: Box<Table>,
}

impl Pages {
    pub(super) fn new(machine: Box<dyn Machine>) -> Self {
        let (paging, read) = (None, BTreeMap::new());
        let small = Box::new([0; ENTRIES]);
        // Until a directory is walked: no frame begins there.
        let root = PhysAddr(u32::MAX);
        Self { machine, root, paging, read, small }
    }

    /// Returns how the processor translates.
    pub(super) fn paging(&mut self) -> Result<Paging, Error> {
        let paging = match self.paging {
            Some(paging) => paging,
            None => self.machine.control()?.paging()?,
        };
        Ok(*self.paging.insert(paging))
    }

    /// Returns whether an entry of a directory maps 4 MiB.
    pub(super) fn is_large(&mut self, entry: Entry) -> Result<bool, Error> {
        let may_be = self.paging()?.has_large_pages;
        Ok(may_be && entry.has(Entry::LARGE))
    }

    /// Returns the directory or table in a frame, as it is in memory.
    pub(super) fn raw(&mut self, frame: PhysAddr) -> Result<&Table, Error> {
        if !self.read.contains_key(&frame) {
            let bytes = self.machine.physical(frame, PAGE_BYTES)?;
            let (entries, _) = bytes.as_chunks();
            let entries: Vec<u32> =
                entries.iter().map(|raw| u32::from_le_bytes(*raw)).collect();
            let table = Box::<Table>::try_from(entries.into_boxed_slice());
            let table = table.map_err(|_| Error::NoMemory(frame))?;
            self.read.insert(frame, table);
        }
        self.read.get(&frame).map(|table| &**table).ok_or(Error::MALFORMED)
    }
}

impl Tables for Pages {
    type Error = Error;

    fn table(&mut self, frame: PhysAddr) -> Result<&Table, Error> {
        if frame != self.root || self.paging()?.has_large_pages {
            return self.raw(frame);
        }
        let raw = *self.raw(frame)?;
        *self.small = raw.map(|entry| entry & !Entry::LARGE);
        Ok(&self.small)
    }
}
