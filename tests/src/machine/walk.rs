//! An independent walk of 32-bit page tables, over a dump of memory.
//!
//! It shares no code with the system under test, so it can check what that
//! system says of itself.
//!
//! Spec: Intel SDM vol. 3A, "32-Bit Paging".

use std::collections::BTreeMap;

/// What one linear page is mapped to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// The physical address of its frame.
    pub frame: u32,
    /// Whether ring 3, or ring 0 with CR0.WP set, may write.
    pub writable: bool,
    /// Whether ring 3 may touch it.
    pub user: bool,
}

/// The two entries that a linear address selects, as they are in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entries {
    /// The directory's.
    pub directory: u32,
    /// The table's; none if the walk ends at the directory's.
    pub table: Option<u32>,
}

const PRESENT: u32 = 1 << 0;
const WRITABLE: u32 = 1 << 1;
const USER: u32 = 1 << 2;
const LARGE: u32 = 1 << 7;
const FRAME: u32 = 0xffff_f000;

/// A dump of physical memory from address 0 on.
#[derive(Clone, Debug)]
pub struct Memory(pub Vec<u8>);

impl Memory {
    /// Returns the entry with this index in the directory or table whose
    /// physical address is `base`; what is not memory reads as ones.
    #[must_use]
    pub fn entry(&self, base: u32, index: u32) -> u32 {
        let at = (base & FRAME) as usize + index as usize * 4;
        self.0.get(at..at + 4).map_or(u32::MAX, |bytes| {
            u32::from_le_bytes(bytes.try_into().expect("there are four"))
        })
    }

    /// Returns the entries for `address` under the directory at `cr3`.
    #[must_use]
    pub fn entries(&self, cr3: u32, address: u32) -> Entries {
        let directory = self.entry(cr3, address >> 22);
        let ends = directory & PRESENT == 0 || directory & LARGE != 0;
        let index = address >> 12 & 0x3ff;
        let table = (!ends).then(|| self.entry(directory, index));
        Entries { directory, table }
    }

    /// Returns what the page around `address` is mapped to, if anything.
    #[must_use]
    pub fn mapping(&self, cr3: u32, address: u32) -> Option<Mapping> {
        let entries = self.entries(cr3, address);
        let directory = entries.directory;
        if directory & PRESENT == 0 {
            return None;
        }
        let (rights, frame) = match entries.table {
            None => {
                let page = address & 0x003f_f000;
                (directory, directory & 0xffc0_0000 | page)
            }
            Some(table) if table & PRESENT == 0 => return None,
            Some(table) => (directory & table, table & FRAME),
        };
        Some(Mapping {
            frame,
            writable: rights & WRITABLE != 0,
            user: rights & USER != 0,
        })
    }

    /// Returns every present page under the directory at `cr3`, by its
    /// linear address.
    #[must_use]
    pub fn mappings(&self, cr3: u32) -> BTreeMap<u32, Mapping> {
        (0..1024)
            .filter(|slot| self.entry(cr3, *slot) & PRESENT != 0)
            .flat_map(|slot| (0..1024).map(move |page| slot << 22 | page << 12))
            .filter_map(|page| Some((page, self.mapping(cr3, page)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory with a directory at 0x1000 whose slots and tables are given as
    /// `(physical address of the entry, entry)`.
    fn memory(entries: &[(usize, u32)]) -> Memory {
        let mut bytes = vec![0; 0x8000];
        for (at, entry) in entries {
            bytes[*at..at + 4].copy_from_slice(&entry.to_le_bytes());
        }
        Memory(bytes)
    }

    #[test]
    fn rights_are_those_that_both_levels_grant() {
        let memory = memory(&[
            (0x1000, 0x2000 | PRESENT | WRITABLE | USER),
            (0x2004, 0x5000 | PRESENT | WRITABLE),
            (0x2008, 0x6000 | PRESENT | USER),
            (0x1004, 0x3000 | PRESENT | USER),
            (0x3ffc, 0x7000 | PRESENT | WRITABLE | USER),
        ]);
        let found: Vec<_> = memory.mappings(0x1000).into_iter().collect();
        let mapping = |frame, writable, user| Mapping { frame, writable, user };
        assert_eq!(
            found,
            [
                (0x1000, mapping(0x5000, true, false)),
                (0x2000, mapping(0x6000, false, true)),
                (0x7f_f000, mapping(0x7000, false, true)),
            ]
        );
    }

    #[test]
    fn a_directory_that_maps_itself_shows_its_tables() {
        let memory = memory(&[
            (0x1000, 0x2000 | PRESENT | WRITABLE | USER),
            (0x1020, 0x1000 | PRESENT | WRITABLE),
        ]);
        let found = memory.mappings(0x1000);
        assert_eq!(found[&0x0200_0000].frame, 0x2000);
        assert_eq!(found[&0x0200_8000].frame, 0x1000);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_large_page_is_its_1024_pages() {
        let memory = memory(&[(0x1ffc, 0x0040_0000 | PRESENT | LARGE | USER)]);
        let found = memory.mappings(0x1000);
        assert_eq!(found.len(), 1024);
        assert_eq!(found[&0xffff_f000].frame, 0x007f_f000);
        assert_eq!(memory.entries(0x1000, 0xffff_f000).table, None);
    }

    #[test]
    fn the_walk_says_where_it_ends() {
        let memory = memory(&[(0x1000, 0x2000 | PRESENT)]);
        assert_eq!(
            memory.entries(0x1000, 0x1234),
            Entries { directory: 0x2000 | PRESENT, table: Some(0) }
        );
        assert_eq!(
            memory.entries(0x1000, 0x40_0000),
            Entries { directory: 0, table: None }
        );
        assert_eq!(memory.mapping(0x1000, 0x1234), None);
    }
}
