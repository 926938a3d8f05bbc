//! Frames: how a question is sent, and how long an answer can be.

use wire::frame::{Encoder, Kind};
use wire::query::{MAX_REPLY_BYTES, Trailer};

/// A packet with a wrong checksum. A GDB stub refuses it with a NAK, and it
/// can neither begin a session nor stop anything.
pub(super) const PROBE: &[u8] = b"$#ff";

/// The longest reply with its version, trailer and CRC.
pub(super) const BODY_BYTES: usize = 1 + MAX_REPLY_BYTES + Trailer::BYTES + 4;

/// What a frame adds to its body.
pub(super) const FRAME_BYTES: usize = 4;

/// No frame is longer, with every byte of its body escaped.
pub(super) const MOST_FRAME_BYTES: usize = 2 * BODY_BYTES + FRAME_BYTES;

/// Returns `body` as it stands on the line.
pub(super) fn frame(body: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut bytes = vec![Kind::Query.start()];
    for &byte in body {
        let (first, second) = encoder.escape(byte);
        bytes.push(first);
        bytes.extend(second);
    }
    bytes.extend(encoder.end());
    bytes
}
