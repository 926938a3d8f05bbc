//! Reads memory: `m` and `x`.

use super::checks::readable;
use super::exchange::Exchange;
use crate::embed::Machine;
use crate::link::PACKET_BYTES;
use crate::protocol::Refused;
use layout::VirtAddr;

/// The most that one `m` reads: at two digits a byte, this fills a reply.
const MOST_READ: u32 = PACKET_BYTES as u32 / 2;

/// How many bytes are read at a time.
const CHUNK: usize = 64;

impl<M: Machine> Exchange<'_, M> {
    /// `m`, and `x`, whose reply is half as long. gdbstub doesn't know `x`, and
    /// with a long `m` it would neglect the line for longer than the receiver's
    /// FIFO lasts. A client that probes for `x` with length 0 learns that it is
    /// supported.
    pub(super) fn read(
        &mut self,
        range: &[u8],
        is_binary: bool,
    ) -> Result<(), Refused> {
        let Self { debuggee, reply, .. } = self;
        let (mut at, mut left) = readable(range)?;
        // A packet holds most when no byte needs an escape.
        let most = if is_binary { PACKET_BYTES as u32 } else { MOST_READ };
        if left > most {
            return Err(Refused::Invalid);
        }
        let space = debuggee.memory_space()?;
        reply.set(if is_binary { "b" } else { "" });
        let empty = reply.room();
        let mut chunk = [0; CHUNK];
        // Each byte may take two: with an escape, or in digits.
        while left > 0 && reply.room() >= 2 * CHUNK {
            let most =
                usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            let bytes = chunk.get_mut(..most).unwrap_or(&mut []);
            let (count, missing) = debuggee.read(space.at(VirtAddr(at)), bytes);
            for &byte in bytes.get(..count).unwrap_or(&[]) {
                if is_binary {
                    reply.push_binary(byte);
                } else {
                    reply.push_hex(byte);
                }
            }
            if missing.is_some() {
                if reply.room() == empty {
                    return Err(Refused::NoMemory);
                }
                break;
            }
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            left = left.saturating_sub(count);
            at = at.wrapping_add(count);
        }
        Ok(())
    }
}
