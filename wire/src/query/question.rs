//! What can be asked.

use super::pattern::Pattern;
use crate::rows::Table;
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

/// What can be asked of a running system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Query {
    /// Who are you, and how is the line?
    Hello,
    /// Which entries map this address?
    Translate {
        /// In whose address space.
        space: Space,
        /// The linear address.
        address: VirtAddr,
    },
    /// What is mapped?
    Regions {
        /// In whose address space.
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
    /// What is in memory?
    Read {
        /// In whose address space, or physical.
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
    /// I will be heard every so often, be it with this or with anything
    /// else. See `docs/link.md`.
    Heartbeat {
        /// How often, in milliseconds; 0 takes the promise back.
        every_ms: u16,
    },
    /// Which checksum does memory have? The answer may be about a part.
    Checksum {
        /// In whose address space, or physical.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes.
        len_bytes: u32,
        /// The checksum of what comes before; all bits set if nothing does.
        crc: u32,
    },
    /// Where does this stand in memory? The answer may be about a part.
    Search {
        /// In whose address space, or physical.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes.
        len_bytes: u32,
        /// What to look for.
        pattern: Pattern,
    },
}

/// In whose address space an address is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Space {
    /// That of the task that has the processor.
    Current,
    /// That of a task.
    Task(u32),
    /// That of a process, by way of its first task.
    Process(u32),
    /// None: the address is physical.
    Physical,
}
