//! The record of a process.

use crate::memory::frames::Purse;
use crate::memory::global;
use crate::memory::records::{Record, Records, Slot};
use crate::process::task::{TASKS, Task};
use abi::NAME_BYTES;
use core::cell::Cell;

/// Every process, by id. The first is the kernel's own.
pub(crate) static PROCESSES: Records<Process> =
    Records::new(global::record_table(0), global::RECORD_PAGES);

/// What the tasks of a process have in common.
pub(crate) struct Process {
    pub(crate) name: [u8; NAME_BYTES],
    /// Its newest task; each knows the next older one. 0 if it has none.
    pub(crate) newest_task: Cell<u32>,
    /// The frames that it owns, page tables included.
    pub(crate) pages: Cell<u32>,
}

impl Record for Process {
    const MAGIC: [u8; 4] = *b"PROC";
}

impl Process {
    /// Returns a process without tasks and memory.
    pub(crate) const fn new(name: [u8; NAME_BYTES]) -> Self {
        Self { name, newest_task: Cell::new(0), pages: Cell::new(0) }
    }

    /// Returns the purse that counts its frames.
    pub(crate) const fn purse(&self) -> Purse<'_> {
        Purse::new(&self.pages)
    }

    /// Returns its tasks, newest first.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &'static Slot<Task>> {
        let mut next = self.newest_task.get();
        (0..TASKS.count()).map_while(move |_| {
            let task = TASKS.get(next)?;
            next = task.older_sibling.get();
            Some(task)
        })
    }
}
