//! Fields of variable length: raw bytes on the line; a list or hex digits in
//! output.

use layout::VirtAddr;
use serde::{Deserialize, Serialize, Serializer};

/// A list of ids: little-endian words on the line, a list for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Ids<'a>(pub(super) &'a [u8]);

impl<'a> Ids<'a> {
    /// Wraps the little-endian words in `bytes`.
    #[must_use]
    pub const fn from_le_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the ids.
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.0.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word))
    }
}

impl Serialize for Ids<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return to.serialize_bytes(self.0);
        }
        to.collect_seq(self.iter())
    }
}

/// Where a shared window is mapped in a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    /// The process.
    pub process: u32,
    /// The first address.
    pub start: VirtAddr,
    /// Whether the process may write.
    pub writable: bool,
}

impl Attachment {
    /// The size on the line, in bytes.
    pub const BYTES: usize = 9;

    /// Returns it as bytes on the line.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::BYTES] {
        let [p0, p1, p2, p3] = self.process.to_le_bytes();
        let [s0, s1, s2, s3] = self.start.0.to_le_bytes();
        [p0, p1, p2, p3, s0, s1, s2, s3, self.writable as u8]
    }

    const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [p0, p1, p2, p3, s0, s1, s2, s3, writable] = bytes;
        Self {
            process: u32::from_le_bytes([p0, p1, p2, p3]),
            start: VirtAddr(u32::from_le_bytes([s0, s1, s2, s3])),
            writable: writable != 0,
        }
    }
}

/// A list of attachments: nine bytes each on the line, a list for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Attachments<'a>(pub(super) &'a [u8]);

impl<'a> Attachments<'a> {
    /// Wraps the attachments that follow one another in `bytes`.
    #[must_use]
    pub const fn from_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the attachments.
    pub fn iter(&self) -> impl Iterator<Item = Attachment> + use<'a> {
        self.0.as_chunks().0.iter().map(|one| Attachment::from_bytes(*one))
    }
}

impl Serialize for Attachments<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return to.serialize_bytes(self.0);
        }
        to.collect_seq(self.iter())
    }
}

/// Raw bytes; lower-case hexadecimal digits for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Bytes<'a>(pub &'a [u8]);

impl core::fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.collect_str(self)
        } else {
            to.serialize_bytes(self.0)
        }
    }
}
