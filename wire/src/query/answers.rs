//! The answers that are a single struct.

use crate::fields::{Bytes, fields};
use crate::i386;
use serde::{Deserialize, Serialize};

fields! {
    /// The answer to [`Query::Translate`](super::Query::Translate): the raw
    /// entries.
    pub struct Translation {
        /// The directory entry.
        pub directory_entry: u32,
        /// The table entry; none if the walk ended in the directory.
        pub table_entry: Option<u32>,
    }
}

fields! {
    /// A run of pages that are mapped alike: see [`layout::runs::Run`].
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
    /// The answer to [`Query::FloatRegisters`](super::Query::FloatRegisters).
    pub struct FloatRegisters<'a> {
        /// What `fnsave` stores: [`x87::Image`](crate::x87::Image). None if
        /// there is no x87 unit.
        #[serde(borrow)]
        pub x87: Option<Bytes<'a>>,
        /// [`sse::Image::to_bytes`](crate::sse::Image::to_bytes). None if there
        /// is no SSE.
        #[serde(borrow)]
        pub sse: Option<Bytes<'a>>,
    }
}

fields! {
    /// The answer to [`Query::Checksum`](super::Query::Checksum).
    pub struct Checksum {
        /// The CRC-32 of gdb's `qCRC`: polynomial 0x04c11db7, most significant
        /// bit first, initial value all ones.
        pub crc: u32,
        /// How many bytes it covers; fewer than requested if more would hold
        /// up the system for too long.
        pub done_bytes: u32,
    }
}

fields! {
    /// The answer to [`Query::Search`](super::Query::Search).
    pub struct Searched {
        /// Where the pattern first occurs.
        pub found: Option<u32>,
        /// How many bytes were searched without a match; fewer than requested if
        /// more would hold up the system for too long.
        pub done_bytes: u32,
    }
}
