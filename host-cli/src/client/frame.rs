//! The sizes of answers, and a frame that tells a GDB stub.

use wire::query::{MAX_REPLY_BYTES, Trailer};

/// A packet with a wrong checksum. A GDB stub rejects it with a NAK; it neither
/// starts a session nor stops the system.
pub(super) const PROBE: &[u8] = b"$#ff";

/// The longest reply, with its version, trailer and CRC.
pub(super) const BODY_BYTES: usize = 1 + MAX_REPLY_BYTES + Trailer::BYTES + 4;

/// What a frame adds to its body.
pub(super) const FRAME_BYTES: usize = 4;

/// The longest frame: every byte of its body is escaped.
pub(super) const MAX_FRAME_BYTES: usize = 2 * BODY_BYTES + FRAME_BYTES;
