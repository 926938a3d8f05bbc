//! The answers that are one struct each.

use crate::fields::fields;
use crate::i386;
use serde::{Deserialize, Serialize};

fields! {
    /// The answer to [`Query::Translate`](super::Query::Translate): the
    /// entries as they stand.
    pub struct Translation {
        /// The directory entry.
        pub directory_entry: u32,
        /// The table entry; none if the walk ended in the directory.
        pub table_entry: Option<u32>,
    }
}

fields! {
    /// A run of equal mapping: see [`layout::runs::Run`].
    pub struct Region {
        /// The first page's number.
        pub page: u32,
        /// How many pages.
        pub pages: u32,
        /// The first frame's number.
        pub frame: u32,
        /// Bit 0: writable. Bit 1: user.
        pub rights: u8,
    }
}

fields! {
    /// The answer to [`Query::Registers`](super::Query::Registers).
    pub struct Registers {
        /// In the order of [`i386::GENERAL`].
        pub general: [u32; i386::GENERAL.len()],
        /// In the order of [`i386::SYSTEM`].
        pub system: [u32; i386::SYSTEM.len()],
    }
}

fields! {
    /// The answer to [`Query::Checksum`](super::Query::Checksum).
    pub struct Checksum {
        /// The CRC-32 of gdb's `qCRC`: polynomial 0x04c11db7, most significant
        /// bit first, begun with all bits set.
        pub crc: u32,
        /// How many bytes it goes over; less than what was asked for if that
        /// would hold the system up for too long.
        pub done_bytes: u32,
    }
}

fields! {
    /// The answer to [`Query::Search`](super::Query::Search).
    pub struct Searched {
        /// Where the pattern first stands.
        pub found: Option<u32>,
        /// In how many bytes it does not begin; less than what was asked for if
        /// that would hold the system up for too long.
        pub done_bytes: u32,
    }
}
