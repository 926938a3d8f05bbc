//! What a walk found.

use crate::target::Answer;
use layout::paging::{self, Entry, Flags, Walk};
use layout::{PhysAddr, VirtAddr, regions};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::query::Translation;

#[derive(Serialize)]
pub(super) struct Walked {
    pub(super) address: VirtAddr,
    pub(super) process: u32,
    pub(super) task: u32,
    pub(super) row: Option<&'static str>,
    pub(super) mapped: bool,
    pub(super) physical: Option<PhysAddr>,
    pub(super) page_bytes: u32,
    pub(super) reason: Option<&'static str>,
    pub(super) pde: EntrySeen,
    pub(super) pte: Option<EntrySeen>,
}

/// An entry, and its address in the page-table window.
#[derive(Serialize)]
pub(super) struct EntrySeen {
    pub(super) index: usize,
    pub(super) address: VirtAddr,
    pub(super) value: PhysAddr,
    pub(super) flags: Flags,
}

impl Walked {
    pub(super) fn new(walk: &Walk, answer: &Answer<Translation>) -> Self {
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
            row: regions::region_of(address).map(|region| region.name),
            mapped: physical.is_some(),
            physical,
            page_bytes: walk.page_bytes(),
            reason,
            pde: EntrySeen::new(
                paging::directory_index(address),
                paging::directory_entry_address(address),
                walk.directory_entry,
            ),
            pte: walk.table_entry.map(|entry| {
                EntrySeen::new(
                    paging::table_index(address),
                    paging::table_entry_address(address),
                    entry,
                )
            }),
        }
    }
}

impl EntrySeen {
    const fn new(index: usize, address: VirtAddr, entry: Entry) -> Self {
        // An entry is a frame's address with flags in its low bits.
        let value = PhysAddr(entry.0);
        Self { index, address, value, flags: Flags(entry.0) }
    }

    pub(super) fn text(&self, out: &mut dyn Write, name: &str) -> fmt::Result {
        let Self { index, address, value, .. } = self;
        writeln!(
            out,
            "{name:<16}  {value}, number {index}, seen at {address}"
        )?;
        writeln!(out, "{:<16}  {}", "", self.flag_names(" "))
    }

    pub(super) fn flag_names(&self, between: &str) -> String {
        match self.flags.names().collect::<Vec<_>>() {
            names if names.is_empty() => "no flags".to_owned(),
            names => names.join(between),
        }
    }
}
