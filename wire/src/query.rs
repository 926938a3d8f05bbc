//! Questions and answers of host-cli, inside `%` frames.
//!
//! A request is [`VERSION`], a postcard [`Request`], and a CRC-32 of both.
//! A reply is [`VERSION`], a postcard [`ReplyHead`], a body that depends on
//! the query, a [`Trailer`], and a CRC-32 of it all. The trailer comes last
//! because it tells what sending the rest has cost.
//!
//! | query | body |
//! |---|---|
//! | [`Query::Hello`] | one [`Hello`] |
//! | [`Query::Translate`] | one [`Translation`] |
//! | [`Query::Regions`] | [`Region`] rows |
//! | [`Query::Rows`] | rows of the table, see [`crate::rows`] |
//! | [`Query::Read`] | the readable prefix, as raw bytes |
//! | [`Query::Registers`] | one [`Registers`] |
//! | [`Query::Checksum`] | one [`Checksum`] |
//! | [`Query::Search`] | one [`Searched`] |
//! | [`Query::Heartbeat`] | nothing |

mod answers;
mod hello;
mod pattern;
mod reply;
mod request;

pub use answers::{Checksum, Region, Registers, Searched, Translation};
pub use hello::{Hello, LineFaults, Stop};
pub use pattern::{MAX_PATTERN_BYTES, Pattern};
pub use reply::{ReplyHead, Status, Trailer};
pub use request::{BadRequest, Request, decode_request, encode_request};

use crate::rows::Table;
use crc::{CRC_32_ISO_HDLC, Crc};
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

/// The version of this protocol. Both ends must have the same.
pub const VERSION: u8 = 2;

/// The CRC that ends every request and reply, least significant byte first.
pub const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The longest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 64;

/// The longest reply before escaping, in bytes, without its trailer and
/// CRC.
pub const MAX_REPLY_BYTES: usize = 4096;

/// The most that one [`Query::Read`] may ask for, in bytes.
pub const MAX_READ_BYTES: u16 = 4032;

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
        /// How many bytes: up to [`MAX_READ_BYTES`].
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

/// Splits the CRC off `payload`; none if it is wrong.
#[must_use]
pub fn checked(payload: &[u8]) -> Option<&[u8]> {
    let (content, crc) = payload.split_last_chunk::<4>()?;
    (CRC.checksum(content) == u32::from_le_bytes(*crc)).then_some(content)
}
