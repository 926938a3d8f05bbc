//! The address space of every task: the specification's table, row by row.
//!
//! This is the only place where these addresses are written down. A row
//! that overlaps its neighbour, is not aligned to pages, or makes a recursive
//! page-table window impossible fails to compile.

use crate::address::{PAGE_BYTES, VirtAddr};

/// Bytes that one page-directory entry covers: 4 MiB.
pub const SLOT_BYTES: u32 = 1024 * PAGE_BYTES;

/// Which tasks share the mapping of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Each task has its own frames here.
    Task,
    /// All tasks of a process see the same frames.
    Process,
    /// Every task of every process sees the same frames.
    System,
}

/// One row of the address space.
///
/// Spec: `virtual-memory.md`, "Layout of the linear address-space for a
/// task" and "Format of the global memory space".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// The name that every tool prints.
    pub name: &'static str,
    /// The first address. A multiple of [`PAGE_BYTES`].
    pub start: VirtAddr,
    /// The size in bytes. A multiple of [`PAGE_BYTES`], never 0.
    pub len_bytes: u32,
    /// Which tasks share its mapping.
    pub scope: Scope,
    /// Whether ring 3 may touch what is mapped here.
    pub user: bool,
    /// Whether this row is ours and not the specification's.
    pub added: bool,
    /// What it holds, in one sentence.
    pub holds: &'static str,
}

impl Region {
    /// Returns the last address. An exclusive end does not exist at 4 GiB.
    #[must_use]
    #[inline(always)]
    pub const fn last(&self) -> VirtAddr {
        VirtAddr(self.start.0 + (self.len_bytes - 1))
    }

    /// Returns whether the row covers `address`.
    #[must_use]
    #[inline(always)]
    pub const fn contains(&self, address: VirtAddr) -> bool {
        address.0 >= self.start.0 && address.0 <= self.last().0
    }

    /// Returns the number of pages in the row.
    #[must_use]
    pub const fn pages(&self) -> u32 {
        self.len_bytes / PAGE_BYTES
    }

    /// Returns the page-directory slot of the first address.
    #[must_use]
    pub const fn first_slot(&self) -> u32 {
        self.start.0 / SLOT_BYTES
    }

    /// Returns the page-directory slot of the last address.
    #[must_use]
    pub const fn last_slot(&self) -> u32 {
        self.last().0 / SLOT_BYTES
    }
}

const fn row(
    name: &'static str,
    start: u32,
    len_bytes: u32,
    scope: Scope,
    holds: &'static str,
) -> Region {
    let start = VirtAddr(start);
    let (user, added) = (false, false);
    Region { name, start, len_bytes, scope, user, added, holds }
}

const fn for_user(region: Region) -> Region {
    Region { user: true, ..region }
}

const fn added(region: Region) -> Region {
    Region { added: true, ..region }
}

use Scope::{Process, System, Task};

/// The page directory itself, also visible through slot 8.
pub const PAGE_DIRECTORY: Region = row(
    "process page directory",
    0x0000_1000,
    0x1000,
    Task,
    "The task's page directory.",
);
/// One hardware TSS for each vector that enters through a task gate.
pub const EXCEPTION_TSSES: Region = row(
    "exception TSSes",
    0x0000_2000,
    0x1000,
    System,
    "A hardware TSS for each vector that has a task gate.",
);
/// Where the stub maps the frames that it reads, in the kernel's directory
/// only and only while it answers.
pub const STUB_WINDOW: Region = added(row(
    "stub window",
    0x0000_3000,
    0x4000,
    System,
    "Frames the stub looks at; in the kernel's own directory only.",
));
/// Two pages: the directory and the table of a space that is being edited.
pub const TEMPORARY_WINDOW: Region = row(
    "temporary window",
    0x0000_8000,
    0x2000,
    Task,
    "Directory and table of a space being edited; empty otherwise.",
);
/// The TSS that is always the CPU's current one outside exception tasks.
pub const KERNEL_TSS: Region = row(
    "kernel TSS",
    0x0000_A000,
    0x1000,
    System,
    "The CPU's current TSS; tasks are switched in software.",
);
/// GDT in the lower half of the page, IDT in the upper.
pub const DESCRIPTORS: Region =
    row("GDT and IDT", 0x0000_B000, 0x1000, System, "256 descriptors each.");
/// The text screen.
pub const VIDEO_MEMORY: Region = added(row(
    "video memory",
    0x000B_8000,
    0x8000,
    System,
    "The VGA text screen.",
));
/// The kernel image, at the physical address it is loaded to.
pub const KERNEL: Region = row(
    "kernel",
    0x0010_0000,
    0x0020_0000,
    System,
    "Kernel code and data, identity mapped.",
);
/// Where `process_create` fills the pages of a new process.
pub const CREATE_WINDOW: Region = row(
    "create window",
    0x0030_0000,
    0x0010_0000,
    Task,
    "Pages of a process being created; empty otherwise.",
);
/// The process' own Hifi-Eslöf tree.
pub const ALLOCATION_STRUCTURES: Region = row(
    "allocation structures",
    0x0040_0000,
    0x01C0_0000,
    Process,
    "The Hifi-Eslöf tree of the process' address space.",
);
/// All page tables, through the directory entry that points to itself.
pub const PAGE_TABLES: Region = row(
    "page tables",
    0x0200_0000,
    0x0040_0000,
    Task,
    "All page tables, by the self-referencing directory entry.",
);
/// What a process may know about itself.
pub const PROCESS_DATA: Region = for_user(row(
    "process data",
    0x0240_0000,
    0x0040_0000,
    Process,
    "Parameters and other information, readable from ring 3.",
));
/// The first part of the global area.
pub const GLOBAL_STRUCTURES: Region = row(
    "global allocator structures",
    0x0280_0000,
    0x0280_0000,
    System,
    "The Hifi-Eslöf trees of frames and of global memory.",
);
/// The rest of the global area.
pub const GLOBAL_DATA: Region = row(
    "global kernel data",
    0x0500_0000,
    0x0800_0000,
    System,
    "Tasks, processes, mailboxes, and all else the kernel records.",
);
/// What the process is free to use.
pub const PROCESS_SPACE: Region = for_user(row(
    "process space",
    0x0D00_0000,
    0xEF00_0000,
    Process,
    "Code, data and heap of the process.",
));
/// The one page on which a task runs in ring 0.
pub const KERNEL_STACK: Region = row(
    "kernel stack (PL0)",
    0xFC00_0000,
    0x1000,
    Task,
    "The task's stack for ring 0, one page.",
);
/// The task's own stack in ring 3, growing downwards.
pub const PROCESS_STACK: Region = for_user(row(
    "process stack",
    0xFC00_1000,
    0x03FF_F000,
    Task,
    "The task's stack for ring 3, growing downwards.",
));

/// Every row, lowest address first. Gaps are unmapped in every task.
pub const REGIONS: [Region; 17] = [
    PAGE_DIRECTORY,
    EXCEPTION_TSSES,
    STUB_WINDOW,
    TEMPORARY_WINDOW,
    KERNEL_TSS,
    DESCRIPTORS,
    VIDEO_MEMORY,
    KERNEL,
    CREATE_WINDOW,
    ALLOCATION_STRUCTURES,
    PAGE_TABLES,
    PROCESS_DATA,
    GLOBAL_STRUCTURES,
    GLOBAL_DATA,
    PROCESS_SPACE,
    KERNEL_STACK,
    PROCESS_STACK,
];

/// `SIZE_GLOBAL` of the specification, in bytes.
pub const SIZE_GLOBAL: u32 =
    GLOBAL_STRUCTURES.len_bytes + GLOBAL_DATA.len_bytes;

/// The directory slot that points at the directory itself.
pub const RECURSIVE_SLOT: u32 = PAGE_TABLES.first_slot();

/// Returns the row that covers `address`.
#[must_use]
pub fn region_of(address: VirtAddr) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.contains(address))
}

/// Returns whether directory slot `slot` is private to a task even among
/// its siblings: the low 4 MiB, the page tables and the stacks.
#[must_use]
pub const fn slot_is_per_task(slot: u32) -> bool {
    slot == 0
        || slot == RECURSIVE_SLOT
        || slot >= KERNEL_STACK.first_slot()
            && slot <= PROCESS_STACK.last_slot()
}

/// Returns whether any row in directory slot `slot` is open to ring 3.
#[must_use]
pub fn slot_is_open_to_user(slot: u32) -> bool {
    REGIONS.iter().any(|row| {
        row.user && row.first_slot() <= slot && slot <= row.last_slot()
    })
}

/// Returns whether directory slot `slot` is the same in every directory.
#[must_use]
pub const fn slot_is_global(slot: u32) -> bool {
    slot >= GLOBAL_STRUCTURES.first_slot() && slot <= GLOBAL_DATA.last_slot()
}

/// Returns whether the tasks of a process share directory slot `slot`, and
/// other processes do not.
#[must_use]
pub const fn slot_is_shared(slot: u32) -> bool {
    !slot_is_per_task(slot) && !slot_is_global(slot)
}

const fn is_ordered_and_aligned(rows: &[Region]) -> bool {
    let mut i = 0;
    while i < rows.len() {
        let Region { start, len_bytes, .. } = rows[i];
        if start.offset() != 0 || len_bytes == 0 || len_bytes % PAGE_BYTES != 0
        {
            return false;
        }
        if start.0.checked_add(len_bytes - 1).is_none() {
            return false;
        }
        if i > 0 && rows[i - 1].last().0 >= start.0 {
            return false;
        }
        i += 1;
    }
    true
}

const _: () = assert!(is_ordered_and_aligned(&REGIONS));
// The page-table window is exactly one slot, or it could not be recursive.
const _: () = assert!(PAGE_TABLES.start.0.is_multiple_of(SLOT_BYTES));
const _: () = assert!(PAGE_TABLES.len_bytes == SLOT_BYTES);
// Slot 0 is per task, so everything beside a task's own pages must fit in it.
const _: () = assert!(CREATE_WINDOW.last().0 < SLOT_BYTES);
// The global area is shared by whole page tables, and so are the parts of
// a process that its tasks have in common.
const _: () = assert!(GLOBAL_STRUCTURES.start.0.is_multiple_of(SLOT_BYTES));
const _: () = assert!(SIZE_GLOBAL.is_multiple_of(SLOT_BYTES));
const _: () = assert!(ALLOCATION_STRUCTURES.start.0.is_multiple_of(SLOT_BYTES));
const _: () = assert!(PROCESS_SPACE.start.0.is_multiple_of(SLOT_BYTES));
const _: () = assert!(KERNEL_STACK.start.0.is_multiple_of(SLOT_BYTES));
const _: () = assert!(PROCESS_STACK.last().0 == u32::MAX);

#[cfg(test)]
mod tests {
    use super::*;

    /// The two tables as the specification prints them, with the design's
    /// `SIZE_GLOBAL` filled in. Typed again by hand on purpose.
    #[test]
    fn the_table_is_the_specification() {
        let mut rows = REGIONS.iter().filter(|row| !row.added);
        for (start, len_bytes) in [
            (0x0000_1000_u32, 0x0000_1000_u32),
            (0x0000_2000, 0x0000_1000),
            (0x0000_8000, 0x0000_2000),
            (0x0000_A000, 0x0000_1000),
            (0x0000_B000, 0x0000_1000),
            (0x0010_0000, 0x0020_0000),
            (0x0030_0000, 0x0010_0000),
            (0x0040_0000, 0x01C0_0000),
            (0x0200_0000, 0x0040_0000),
            (0x0240_0000, 0x0040_0000),
            (0x0280_0000, 0x0280_0000),
            (0x0280_0000 + 0x0280_0000, 0x0A80_0000 - 0x0280_0000),
            (0x0280_0000 + 0x0A80_0000, 0xFC00_0000 - 0x0D00_0000),
            (0xFC00_0000, 0x1000),
            (0xFC00_1000, 0x0400_0000 - 0x1000),
        ] {
            let row = rows.next().expect("a row for each of the table");
            assert_eq!((row.start.0, row.len_bytes), (start, len_bytes));
        }
        assert_eq!(rows.next(), None);
    }

    #[test]
    fn every_address_has_at_most_one_row() {
        for row in &REGIONS {
            for address in [row.start, row.last()] {
                let rows = REGIONS.iter().filter(|r| r.contains(address));
                assert_eq!(rows.count(), 1, "{address}");
            }
        }
    }
}
