//! What a kernel would answer, computed from registers and physical memory.

mod pages;
mod search;

use super::answer::{
    Answer, Greeting, InSpace, Memory, Observed, RegistersSeen,
};
use super::checksum::Running;
use super::error::Error;
use super::machine::Machine;
use super::spans;
use layout::paging::{self, ENTRIES, Entry};
use layout::runs::{self, Run};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use pages::Pages;
use wire::query::{Pattern, Region, Space, Translation};
use wire::rows::Mapping;

/// A machine, and its page tables as far as they were needed.
pub(super) struct Computed {
    pages: Pages,
    observed: Observed,
}

impl Computed {
    /// Returns what can be computed of `machine`, which stands.
    pub(super) fn new(machine: Box<dyn Machine>) -> Self {
        let observed = Observed {
            running: Some(false),
            consistent: Some(true),
            ..Observed::default()
        };
        Self { pages: Pages::new(machine), observed }
    }

    /// Returns what the answers so far said about the system.
    pub(super) const fn observed(&self) -> Observed {
        self.observed
    }

    /// Lets go of the machine.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        self.observed.stood = Some(self.pages.machine.release()?);
        Ok(())
    }

    /// Returns what there is.
    pub(super) fn hello(&mut self) -> Result<Greeting, Error> {
        let mut seen = self.pages.machine.seen()?;
        // Whatever keeps its directory from being read, the rest is known.
        seen.recursive_slot = self.recursive_slot().unwrap_or(None);
        Ok(Greeting::Machine(seen))
    }

    /// Returns the slot in which the directory contains itself.
    pub(super) fn recursive_slot(&mut self) -> Result<Option<u32>, Error> {
        let directory = self.pages.paging()?.directory;
        let slots = self.pages.raw(directory)?;
        let is_itself = |entry: &u32| {
            let entry = Entry(*entry);
            entry.is_present()
                && !entry.has(Entry::LARGE)
                && entry.frame() == directory
        };
        let slot = slots.iter().position(is_itself);
        Ok(slot.map(|slot| slot as u32))
    }

    /// Returns the entries that map `address`.
    pub(super) fn translate(
        &mut self,
        space: Space,
        address: VirtAddr,
    ) -> Result<Answer<Translation>, Error> {
        let directory = self.directory(space)?;
        let slots = self.pages.raw(directory)?;
        let entry = Entry(slots[paging::directory_index(address)]);
        let table_entry =
            if entry.is_present() && !self.pages.is_large(entry)? {
                let table = self.pages.raw(entry.frame())?;
                Some(table[paging::table_index(address)])
            } else {
                None
            };
        let directory_entry = entry.0;
        Ok(Answer::of_no_task(Translation { directory_entry, table_entry }))
    }

    /// Returns the page directory of a space.
    fn directory(&mut self, space: Space) -> Result<PhysAddr, Error> {
        match space {
            Space::Current => Ok(self.pages.paging()?.directory),
            Space::Task(_) | Space::Process(_) | Space::Physical => {
                Err(Error::Unknown(
                    "which tasks and processes it has: only the current \
                     address space is known",
                ))
            }
        }
    }

    /// Returns what is mapped.
    pub(super) fn regions(
        &mut self,
        space: Space,
    ) -> Result<Answer<Vec<Region>>, Error> {
        let directory = self.directory(space)?;
        Ok(Answer::of_no_task(self.runs(directory)?))
    }

    fn runs(&mut self, directory: PhysAddr) -> Result<Vec<Region>, Error> {
        let mut all = Vec::new();
        self.pages.root = directory;
        runs::runs(&mut self.pages, directory, VirtAddr(0), |run: Run| {
            let rights = u8::from(run.writable) | u8::from(run.user) << 1;
            let (page, pages) = (run.start.page_number(), run.pages);
            let frame = run.physical.page_number();
            spans::join_any(&mut all, Region { page, pages, frame, rights });
            true
        })?;
        Ok(all)
    }

    /// Returns where a frame is mapped, in the current space and in those of
    /// other directories.
    pub(super) fn mappings(
        &mut self,
        frame: u32,
        directories: &[u32],
    ) -> Result<Vec<InSpace>, Error> {
        let current = self.pages.paging()?.directory;
        let others = directories.iter().map(|at| PhysAddr(*at).page());
        let mut all = Vec::new();
        for directory in std::iter::once(current).chain(others) {
            for run in self.runs(directory)? {
                let offset = frame.wrapping_sub(run.frame);
                if offset < run.pages {
                    let address = VirtAddr((run.page + offset) * PAGE_BYTES);
                    let writable = run.rights & 1 != 0;
                    let user = run.rights & 2 != 0;
                    let (task, process) = (0, 0);
                    let mapping =
                        Mapping { task, process, address, writable, user };
                    all.push(InSpace { directory, mapping });
                }
            }
        }
        Ok(all)
    }

    /// Returns the processor's registers.
    pub(super) fn registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<RegistersSeen>, Error> {
        if let Some(id) = task {
            self.directory(Space::Task(id))?;
        }
        Ok(Answer::of_no_task(self.pages.machine.registers()?))
    }

    /// Reads memory. The result holds what was read before a failure.
    pub(super) fn read(
        &mut self,
        space: Space,
        address: u32,
        len: u32,
    ) -> Memory {
        let mut memory = Memory::default();
        while memory.bytes.len() < len as usize {
            let done = memory.bytes.len() as u32;
            // A read ends within the address space.
            let at = VirtAddr(address.wrapping_add(done));
            let want = at.left_in_page().min(len - done);
            match self.read_in_page(space, at, want) {
                Ok(bytes) => memory.bytes.extend(bytes),
                Err(error) => {
                    memory.missing = Some(error);
                    break;
                }
            }
        }
        memory
    }

    /// Reads within a page.
    fn read_in_page(
        &mut self,
        space: Space,
        at: VirtAddr,
        len: u32,
    ) -> Result<Vec<u8>, Error> {
        let physical = match space {
            Space::Physical => PhysAddr(at.0),
            _ => {
                let walk = self.walk(space, at)?;
                walk.ok_or(Error::Unmapped(space, at.0))?
            }
        };
        let bytes = self.pages.machine.physical(physical, len)?;
        match bytes.len() == len as usize {
            true => Ok(bytes),
            false => Err(Error::NoMemory(physical)),
        }
    }

    fn walk(
        &mut self,
        space: Space,
        address: VirtAddr,
    ) -> Result<Option<PhysAddr>, Error> {
        let entries = self.translate(space, address)?.value;
        let walk = paging::Walk {
            address,
            directory_entry: Entry(entries.directory_entry),
            table_entry: entries.table_entry.map(Entry),
        };
        Ok(walk.physical())
    }

    /// Returns the checksum of memory.
    pub(super) fn checksum(
        &mut self,
        space: Space,
        address: u32,
        len: u32,
    ) -> Result<u32, Error> {
        let mut running = Running::begin();
        let mut done = 0;
        while done < len {
            let at = VirtAddr(address.wrapping_add(done));
            let want = at.left_in_page().min(len - done);
            running.add(&self.read_in_page(space, at, want)?);
            done += want;
        }
        Ok(running.end())
    }

    /// Returns where `pattern` first occurs in memory.
    pub(super) fn search(
        &mut self,
        space: Space,
        address: u32,
        len: u32,
        pattern: &Pattern,
    ) -> Result<Answer<Option<u32>>, Error> {
        let stretches = match space {
            Space::Physical => vec![(0, 1 << 32)],
            _ => search::stretches(&self.regions(space)?.value),
        };
        let place = (address, len);
        let found = search::first(&stretches, place, pattern, |at, len| {
            self.read_in_page(space, at, len)
        })?;
        Ok(Answer::of_no_task(found))
    }
}

/// A directory or a table is a page of entries.
const _: () = assert!(ENTRIES * 4 == PAGE_BYTES as usize);
