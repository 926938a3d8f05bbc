//! 32-bit paging: entries, the recursive window, and the walk.
//!
//! Spec: Intel SDM vol. 3A, "32-Bit Paging"; `virtual-memory.md`, row
//! "Process' page tables".

use crate::address::{PAGE_BYTES, PhysAddr, VirtAddr};
use crate::regions::{PAGE_TABLES, RECURSIVE_SLOT, SLOT_BYTES};
use serde::{Serialize, Serializer};

/// Entries in a page directory or page table.
pub const ENTRIES: usize = 1024;

/// A page directory or a page table, as the processor reads it.
pub type Table = [u32; ENTRIES];

/// An entry of a page directory or page table.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Entry(pub u32);

/// The flag bits of an [`Entry`], by the names that every tool prints.
pub const FLAGS: [(u32, &str); 9] = [
    (Entry::PRESENT, "present"),
    (Entry::WRITABLE, "writable"),
    (Entry::USER, "user"),
    (Entry::WRITE_THROUGH, "write_through"),
    (Entry::CACHE_DISABLE, "cache_disable"),
    (Entry::ACCESSED, "accessed"),
    (Entry::DIRTY, "dirty"),
    (Entry::LARGE, "large"),
    (Entry::GLOBAL, "global"),
];

impl Entry {
    /// P: the entry is in use.
    pub const PRESENT: u32 = 1 << 0;
    /// R/W: writes are allowed.
    pub const WRITABLE: u32 = 1 << 1;
    /// U/S: ring 3 is allowed.
    pub const USER: u32 = 1 << 2;
    /// PWT.
    pub const WRITE_THROUGH: u32 = 1 << 3;
    /// PCD.
    pub const CACHE_DISABLE: u32 = 1 << 4;
    /// A: the processor used the entry.
    pub const ACCESSED: u32 = 1 << 5;
    /// D: the processor wrote to the page.
    pub const DIRTY: u32 = 1 << 6;
    /// PS: in a directory, a 4 MiB page.
    pub const LARGE: u32 = 1 << 7;
    /// G: survives a CR3 load.
    pub const GLOBAL: u32 = 1 << 8;

    /// An unused entry.
    pub const ABSENT: Self = Self(0);

    /// Returns a present entry for the frame at `frame` with `flags`.
    #[must_use]
    #[inline(always)]
    pub const fn new(frame: PhysAddr, flags: u32) -> Self {
        Self(frame.page().0 | flags | Self::PRESENT)
    }

    /// Returns whether all of `flags` are set.
    #[must_use]
    #[inline(always)]
    pub const fn has(self, flags: u32) -> bool {
        self.0 & flags == flags
    }

    /// Returns whether the entry is in use.
    #[must_use]
    #[inline(always)]
    pub const fn is_present(self) -> bool {
        self.has(Self::PRESENT)
    }

    /// Returns the physical address in the entry: of a table or of a page.
    #[must_use]
    #[inline(always)]
    pub const fn frame(self) -> PhysAddr {
        PhysAddr(self.0).page()
    }

    /// Returns the first physical address of a 4 MiB page.
    #[must_use]
    pub const fn large_frame(self) -> PhysAddr {
        PhysAddr(self.0 & !(SLOT_BYTES - 1))
    }
}

/// Serialises as a list of names.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(pub u32);

impl Flags {
    /// Returns the names of the flags that are set, lowest bit first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        FLAGS
            .iter()
            .filter(move |(bit, _)| self.0 & bit != 0)
            .map(|(_, name)| *name)
    }
}

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.names())
    }
}

/// Returns the page-directory slot of `address`: 0 to 1023.
#[must_use]
#[inline(always)]
pub const fn directory_index(address: VirtAddr) -> usize {
    (address.0 / SLOT_BYTES) as usize
}

/// Returns the page-table index of `address`: 0 to 1023.
#[must_use]
#[inline(always)]
pub const fn table_index(address: VirtAddr) -> usize {
    (address.page_number() % ENTRIES as u32) as usize
}

/// Returns the address of `address`' directory entry in the page-table window.
#[must_use]
#[inline(always)]
pub const fn directory_entry_address(address: VirtAddr) -> VirtAddr {
    let directory = PAGE_TABLES.start.0 + RECURSIVE_SLOT * PAGE_BYTES;
    VirtAddr(directory + 4 * directory_index(address) as u32)
}

/// Returns the address of `address`' table entry in the page-table window.
#[must_use]
#[inline(always)]
pub const fn table_entry_address(address: VirtAddr) -> VirtAddr {
    VirtAddr(PAGE_TABLES.start.0 + 4 * address.page_number())
}

/// The physical memory that a walk needs.
pub trait Tables {
    /// Why a table could not be read.
    type Error;

    /// Returns the table in the frame at `frame`.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `frame`, or it cannot be read.
    fn table(&mut self, frame: PhysAddr) -> Result<&Table, Self::Error>;
}

/// The result of a walk: the entries it used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Walk {
    /// The address that was asked for.
    pub address: VirtAddr,
    /// The directory entry.
    pub directory_entry: Entry,
    /// The table entry; none if the walk ended in the directory.
    pub table_entry: Option<Entry>,
}

impl Walk {
    /// Returns the physical address, or none if nothing is mapped.
    #[must_use]
    #[inline]
    pub const fn physical(&self) -> Option<PhysAddr> {
        match self.table_entry {
            Some(entry) if entry.is_present() => {
                Some(PhysAddr(entry.frame().0 | self.address.offset()))
            }
            None if self.directory_entry.has(LARGE_PAGE) => {
                let offset = self.address.0 % SLOT_BYTES;
                Some(PhysAddr(self.directory_entry.large_frame().0 | offset))
            }
            _ => None,
        }
    }

    /// Returns whether both levels have all of `flags`.
    #[must_use]
    #[inline]
    pub const fn allows(&self, flags: u32) -> bool {
        let table = match self.table_entry {
            Some(entry) => entry.has(flags),
            None => true,
        };
        self.directory_entry.has(flags) && table
    }

    /// Returns the size of the page that is, or would be, mapped.
    #[must_use]
    pub const fn page_bytes(&self) -> u32 {
        if self.directory_entry.has(LARGE_PAGE) {
            SLOT_BYTES
        } else {
            PAGE_BYTES
        }
    }
}

/// The flags of a directory entry that maps a 4 MiB page.
const LARGE_PAGE: u32 = Entry::PRESENT | Entry::LARGE;

/// Walks from `directory`, a physical address as in CR3, to `address`.
///
/// # Errors
///
/// Fails if the directory or the table could not be read.
pub fn walk<M: Tables>(
    memory: &mut M,
    directory: PhysAddr,
    address: VirtAddr,
) -> Result<Walk, M::Error> {
    let slots = memory.table(directory.page())?;
    let directory_entry = Entry(slots[directory_index(address)]);
    let large = directory_entry.has(Entry::LARGE);
    let table_entry = if directory_entry.is_present() && !large {
        let table = memory.table(directory_entry.frame())?;
        Some(Entry(table[table_index(address)]))
    } else {
        None
    };
    Ok(Walk { address, directory_entry, table_entry })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_maps_itself() {
        let directory = directory_entry_address(VirtAddr(0));
        assert_eq!(directory, VirtAddr(0x0200_8000));
        assert_eq!(table_entry_address(PAGE_TABLES.start), directory);
        assert_eq!(
            directory_entry_address(PAGE_TABLES.start),
            table_entry_address(directory),
        );
        assert_eq!(
            table_entry_address(VirtAddr(u32::MAX)),
            VirtAddr(0x023F_FFFC),
        );
    }
}
