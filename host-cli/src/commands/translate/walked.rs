//! What a walk found.

use crate::naming::Naming;
use crate::target::Answer;
use layout::paging::{self, ENTRIES, Entry, Flags, Walk};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::query::Translation;

#[derive(Serialize)]
pub(super) struct Walked {
    pub(super) address: VirtAddr,
    pub(super) process: Option<u32>,
    pub(super) task: Option<u32>,
    /// The same as a phrase.
    #[serde(skip)]
    pub(super) whose: String,
    pub(super) row: Option<String>,
    pub(super) mapped: bool,
    pub(super) physical: Option<PhysAddr>,
    pub(super) page_bytes: u32,
    pub(super) reason: Option<&'static str>,
    pub(super) pde: EntrySeen,
    pub(super) pte: Option<EntrySeen>,
    /// The directory's slot that contains the directory itself.
    #[serde(skip)]
    pub(super) slot: Option<u32>,
}

/// An entry, and its address in the page-table window.
#[derive(Serialize)]
pub(super) struct EntrySeen {
    pub(super) index: usize,
    /// None if the system has no such window.
    pub(super) address: Option<VirtAddr>,
    pub(super) value: PhysAddr,
    pub(super) flags: Flags,
}

impl Walked {
    pub(super) fn new(
        walk: &Walk,
        answer: &Answer<Translation>,
        slot: Option<u32>,
        naming: &Naming,
    ) -> Self {
        let address = walk.address;
        let physical = walk.physical();
        let reason = match (physical, walk.table_entry) {
            (Some(_), _) => None,
            (None, None) => Some("the directory entry is not present"),
            (None, Some(_)) => Some("the table entry is not present"),
        };
        Self {
            address,
            process: answer.process,
            task: answer.task,
            whose: answer.whose(),
            row: naming.row_of(address).map(|row| row.name.clone()),
            mapped: physical.is_some(),
            physical,
            page_bytes: walk.page_bytes(),
            reason,
            pde: EntrySeen::new(
                paging::directory_index(address),
                slot.map(|slot| directory_entry_address(slot, address)),
                walk.directory_entry,
            ),
            pte: walk.table_entry.map(|entry| {
                EntrySeen::new(
                    paging::table_index(address),
                    slot.map(|slot| table_entry_address(slot, address)),
                    entry,
                )
            }),
            slot,
        }
    }
}

/// Returns where an address' table entry appears in the window of a slot.
fn table_entry_address(slot: u32, address: VirtAddr) -> VirtAddr {
    let window = slot * (PAGE_BYTES * ENTRIES as u32);
    VirtAddr(window + 4 * address.page_number())
}

/// Returns where an address' directory entry appears there.
fn directory_entry_address(slot: u32, address: VirtAddr) -> VirtAddr {
    table_entry_address(slot, table_entry_address(slot, address))
}

impl EntrySeen {
    const fn new(
        index: usize,
        address: Option<VirtAddr>,
        entry: Entry,
    ) -> Self {
        // An entry is a frame's address with flags in its low bits.
        let value = PhysAddr(entry.0);
        Self { index, address, value, flags: Flags(entry.0) }
    }

    pub(super) fn text(&self, out: &mut dyn Write, name: &str) -> fmt::Result {
        let Self { index, address, value, .. } = self;
        write!(out, "{name:<16}  {value}, number {index}")?;
        match address {
            Some(address) => writeln!(out, ", seen at {address}")?,
            None => out.write_char('\n')?,
        }
        writeln!(out, "{:<16}  {}", "", self.flag_names(" "))
    }

    pub(super) fn flag_names(&self, between: &str) -> String {
        match self.flags.names().collect::<Vec<_>>() {
            names if names.is_empty() => "no flags".to_owned(),
            names => names.join(between),
        }
    }
}
