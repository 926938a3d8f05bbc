//! Frames, where they are mapped, and the allocators.

use crate::fields::fields;
use layout::{PhysAddr, VirtAddr};
use serde::{Deserialize, Serialize};

fields! {
    /// A place where a frame is mapped.
    pub struct Mapping {
        /// The task whose page directory maps it; 0 means every task of the
        /// process.
        pub task: u32,
        /// The task's process; 0 means every process.
        pub process: u32,
        /// The linear address.
        pub address: VirtAddr,
        /// Whether directory and table both allow writing.
        pub writable: bool,
        /// Whether directory and table both allow ring 3.
        pub user: bool,
    }
}

fields! {
    /// Frames in a row with equal owner, kind and number of references.
    pub struct FrameRun<'a> {
        /// The physical address of the first frame.
        pub first: PhysAddr,
        /// How many frames.
        pub frames: u32 => 7,
        /// The process that owns them; none if the system does, or if they are
        /// free.
        pub owner_process: Option<u32>,
        /// What they are used for, or `free`.
        pub kind: &'a str => 20,
        /// How many references each has: more than 1 in shared windows.
        pub references: u32,
    }
}

fields! {
    /// A run of an allocator's tree: busy pages, then free ones.
    pub struct AllocatorRun<'a> {
        /// The number of the first page or frame.
        pub start: u32,
        /// How many are busy.
        pub busy: u32,
        /// How many after them are free.
        pub free: u32,
        /// What the busy ones are used for.
        pub label: &'a str,
    }
}

fields! {
    /// Pages in a row that are mapped alike, as the stub finds them in a task's
    /// page tables. host-cli asks for [`crate::query::Region`] instead, which is
    /// shorter.
    pub struct Region<'a> {
        /// The first address.
        pub start: VirtAddr,
        /// How many pages.
        pub pages: u32,
        /// Whether directory and table both allow writing.
        pub writable: bool,
        /// Whether directory and table both allow ring 3.
        pub user: bool,
        /// The first frame.
        pub physical: PhysAddr,
        /// The row of the address-space table.
        #[serde(borrow)]
        pub row: Option<&'a str> => 27,
    }
}

/// Which tree: the `of` of [`Table::Allocator`](super::Table::Allocator).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllocatorId {
    /// Physical frames.
    Frames,
    /// Global memory.
    Global,
    /// The address space of a process.
    Process(u32),
}

impl AllocatorId {
    /// Returns its number on the line.
    #[must_use]
    pub const fn to_number(self) -> u32 {
        match self {
            Self::Frames => 0,
            Self::Global => u32::MAX,
            Self::Process(process) => process,
        }
    }

    /// Returns the tree that a number on the line means.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Frames,
            u32::MAX => Self::Global,
            process => Self::Process(process),
        }
    }
}
