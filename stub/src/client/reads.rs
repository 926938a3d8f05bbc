//! Reads memory: `m` and `x`.

use super::checks::readable;
use crate::embed::Machine;
use crate::link::{PACKET_BYTES, Reply};
use crate::protocol::Refused;
use crate::target::Debuggee;
use layout::VirtAddr;

/// The most that one `m` reads: at two digits a byte, this fills a reply.
const MOST_READ: u32 = PACKET_BYTES as u32 / 2;

/// How many bytes are read at a time.
const CHUNK: usize = 64;

/// `m`, and `x`, whose reply is half as long. gdbstub doesn't know `x`, and
/// with a long `m` it would neglect the line for longer than the receiver's
/// FIFO lasts. A client that probes for `x` with length 0 learns that it is
/// supported.
pub(super) fn read<M: Machine>(
    range: &[u8],
    is_binary: bool,
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let (mut at, mut left) = readable(range)?;
    // A packet holds most when no byte needs an escape.
    let most = if is_binary { PACKET_BYTES as u32 } else { MOST_READ };
    if left > most {
        return Err(Refused::Invalid);
    }
    let selected = debuggee.selected_task();
    let space = debuggee.space(selected).ok_or(Refused::NoTask)?;
    reply.clear();
    if is_binary {
        reply.push(b'b');
    }
    let empty = reply.room();
    let mut chunk = [0; CHUNK];
    // Each byte may take two: with an escape, or in digits.
    while left > 0 && reply.room() >= 2 * CHUNK {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
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
