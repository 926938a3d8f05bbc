//! The envelope of every request and reply: version, size limits and CRC.

use crc::{CRC_32_ISO_HDLC, Crc};

/// The version of this protocol, which both ends must agree on. No byte that
/// a frame must escape, see [`crate::frame::Escapes`].
pub const VERSION: u8 = 5;

/// The CRC that ends every request and reply, least significant byte first.
pub const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The longest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 64;

/// The longest reply before escaping, in bytes, without its trailer and
/// CRC.
pub const MAX_REPLY_BYTES: usize = 4096;

/// The most that one [`Query::Read`](super::Query::Read) may ask for, in bytes.
pub const MAX_READ_BYTES: u16 = 4032;

/// Returns `payload` without its CRC; none if the CRC is wrong.
#[must_use]
pub fn checked(payload: &[u8]) -> Option<&[u8]> {
    let (content, crc) = payload.split_last_chunk::<4>()?;
    (CRC.checksum(content) == u32::from_le_bytes(*crc)).then_some(content)
}
