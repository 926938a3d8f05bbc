//! The questions.

use super::pattern::Pattern;
use crate::rows::Table;
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

/// A question that a running system can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Query {
    /// Who are you, and how is the line?
    Hello,
    /// Which entries map this address?
    Translate {
        /// The address space.
        space: Space,
        /// The linear address.
        address: VirtAddr,
    },
    /// What is mapped?
    Regions {
        /// The address space.
        space: Space,
        /// Runs that begin below this page are left out.
        from: VirtAddr,
    },
    /// The rows of a table, in order of their ids.
    Rows {
        /// Which table.
        table: Table,
        /// For [`Table::Messages`] the mailbox, for
        /// [`Table::WindowFrames`] the window, for [`Table::Mappings`] the
        /// frame's number, for [`Table::Allocator`] the tree, else 0.
        of: u32,
        /// Rows with lower ids, or indexes, are left out.
        from: u32,
    },
    /// What does memory contain?
    Read {
        /// The address space, or physical memory.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes: up to [`MAX_READ_BYTES`](super::MAX_READ_BYTES).
        len_bytes: u16,
    },
    /// A task's registers; none means the current task.
    Registers {
        /// The task's id.
        task: Option<u32>,
    },
    /// A promise to send this or anything else this often, so that the target
    /// notices a lost client. See `docs/link.md`.
    Heartbeat {
        /// The interval in milliseconds; 0 withdraws the promise.
        every_ms: u16,
    },
    /// What is the checksum of memory? The answer may cover only a part.
    Checksum {
        /// The address space, or physical memory.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes.
        len_bytes: u32,
        /// The checksum of what precedes it; all ones if nothing does.
        crc: u32,
    },
    /// Where does this occur in memory? The answer may cover only a part.
    Search {
        /// The address space, or physical memory.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes.
        len_bytes: u32,
        /// What to look for.
        pattern: Pattern,
    },
    /// What does the line do to the bytes that lines are known to change?
    Probe,
    /// A task's x87 and SSE registers; none means the current task.
    FloatRegisters {
        /// The task's id.
        task: Option<u32>,
    },
}

/// The address space that an address belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Space {
    /// That of the current task.
    Current,
    /// That of a task.
    Task(u32),
    /// That of a process, as its first task sees it.
    Process(u32),
    /// None: the address is physical.
    Physical,
}
