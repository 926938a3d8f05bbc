//! What a process knows about itself: one read-only page.

use core::fmt;
use core::mem::{offset_of, size_of};
use layout::VirtAddr;
use layout::regions::PROCESS_DATA;

/// The longest name of a process, task or service, in bytes.
pub const NAME_BYTES: usize = 32;

/// The longest argument string of a process, in bytes.
pub const ARGUMENTS_BYTES: usize = 256;

/// The record at [`ProcessData::ADDRESS`], written by the kernel when it
/// creates a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct ProcessData {
    /// [`ProcessData::MAGIC`].
    pub magic: u32,
    /// [`ProcessData::VERSION`].
    pub version: u32,
    /// The id of this process.
    pub process: u32,
    /// The process that created this one; 0 if it was the kernel.
    pub parent: u32,
    /// The first task of this process.
    pub task: u32,
    /// The timer tick at which the process was created.
    pub boot_tick: u32,
    /// Its name in UTF-8, padded with zeros.
    pub name: [u8; NAME_BYTES],
    /// The arguments that its creator passed, or the rest of its module's
    /// command line: UTF-8, padded with zeros.
    pub arguments: [u8; ARGUMENTS_BYTES],
}

impl ProcessData {
    /// The address of the record in every process.
    pub const ADDRESS: VirtAddr = PROCESS_DATA.start;
    /// The first word: `PDAT` in memory.
    pub const MAGIC: u32 = u32::from_le_bytes(*b"PDAT");
    /// The version of this record's layout.
    pub const VERSION: u32 = 2;

    /// Returns whether this is a record that this code can read.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.magic == Self::MAGIC && self.version == Self::VERSION
    }
}

const _: () = assert!(offset_of!(ProcessData, magic) == 0);
const _: () = assert!(offset_of!(ProcessData, version) == 4);
const _: () = assert!(offset_of!(ProcessData, process) == 8);
const _: () = assert!(offset_of!(ProcessData, parent) == 12);
const _: () = assert!(offset_of!(ProcessData, task) == 16);
const _: () = assert!(offset_of!(ProcessData, boot_tick) == 20);
const _: () = assert!(offset_of!(ProcessData, name) == 24);
const _: () = assert!(offset_of!(ProcessData, arguments) == 56);
const _: () = assert!(size_of::<ProcessData>() == 312);

/// Returns `text` padded with zeros. Text that is too long is cut at a
/// character boundary.
#[must_use]
pub fn padded<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut field = [0; LENGTH];
    let len = text.floor_char_boundary(LENGTH);
    field[..len].copy_from_slice(&text.as_bytes()[..len]);
    field
}

/// A zero-padded field, shown as the text before the first zero.
///
/// Bytes that are not UTF-8 print as the replacement character.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// Returns the bytes before the padding.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        let len = self.0.iter().position(|byte| *byte == 0);
        &self.0[..len.unwrap_or(self.0.len())]
    }

    /// Returns the text, up to the first byte that is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        match self.as_bytes().utf8_chunks().next() {
            Some(chunk) => chunk.valid(),
            None => "",
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.as_bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::string::ToString;

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(padded::<4>("abcdé"), *b"abcd");
        assert_eq!(padded::<4>("abcé"), *b"abc\0");
        assert_eq!(padded::<5>("abcé"), *"abcé".as_bytes());
        assert_eq!(Text(&padded::<4>("abcé")).as_str(), "abc");
    }

    #[test]
    fn a_damaged_name_still_prints() {
        assert_eq!(Text(b"ab\xffcd\0\xff").to_string(), "ab\u{fffd}cd");
        assert_eq!(Text(b"ab\xffcd").as_str(), "ab");
        assert_eq!(Text(b"").to_string(), "");
    }

    #[test]
    fn only_a_record_of_this_version_is_valid() {
        let good = ProcessData {
            magic: u32::from_le_bytes(*b"PDAT"),
            version: 2,
            process: 3,
            parent: 2,
            task: 5,
            boot_tick: 7,
            name: padded("sink"),
            arguments: padded("fast"),
        };
        assert!(good.is_valid());
        assert_eq!(Text(&good.arguments).as_str(), "fast");
        assert!(!ProcessData { magic: 0, ..good }.is_valid());
        assert!(!ProcessData { version: 1, ..good }.is_valid());
    }
}
