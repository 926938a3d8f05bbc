//! Reads from memory, answered as they are: `x`.

use super::checks::readable;
use crate::embed::Machine;
use crate::link::{PACKET_BYTES, Reply};
use crate::protocol::Refused;
use crate::target::Debuggee;
use layout::VirtAddr;

/// Bytes that are read at one go.
const CHUNK: usize = 64;

/// `x`, which reads what `m` reads at half the length, and which gdbstub does
/// not know. A client that probes it with nothing is told that it is there.
pub(super) fn read<M: Machine>(
    range: &[u8],
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let (mut at, mut left) = readable(range)?;
    // A packet holds the most if nothing needs an escape.
    if left > PACKET_BYTES as u32 {
        return Err(Refused::Invalid);
    }
    let selected = debuggee.selected_task();
    let space = debuggee.space(selected).ok_or(Refused::NoTask)?;
    reply.clear();
    reply.push(b'b');
    let empty = reply.room();
    let mut chunk = [0; CHUNK];
    // Each byte may need an escape.
    while left > 0 && reply.room() >= 2 * CHUNK {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let bytes = chunk.get_mut(..most).unwrap_or(&mut []);
        let (count, missing) = debuggee.read(space.at(VirtAddr(at)), bytes);
        for &byte in bytes.get(..count).unwrap_or(&[]) {
            reply.push_binary(byte);
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
