//! The checksum of memory.

use crc::{CRC_32_MPEG_2, Crc, Digest, Table};

/// The CRC-32 of gdb's `qCRC`.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_MPEG_2);

/// Returns the checksum that [`Target::checksum`](super::Target::checksum)
/// finds over memory with these bytes.
#[must_use]
pub fn checksum_of(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// A checksum of bytes that come part by part.
pub(super) struct Running(Digest<'static, u32, Table<1>>);

impl Running {
    pub(super) fn begin() -> Self {
        Self(CRC.digest())
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn end(self) -> u32 {
        self.0.finalize()
    }
}
