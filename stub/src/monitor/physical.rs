//! `monitor physical`: physical memory, whatever is mapped.

use crate::embed::Machine;
use crate::target::{Debuggee, Place};
use core::fmt::{self, Write};
use layout::PhysAddr;

/// How many bytes a line shows.
const LINE_BYTES: usize = 16;

/// How many bytes are shown if the command does not say.
pub(super) const LEN: u32 = 64;

/// The most that is shown: one packet has no room for more.
pub(super) const MOST: u32 = 256;

/// Writes the `len` bytes from `at`, as host-cli shows memory.
pub(super) fn write<M: Machine>(
    at: PhysAddr,
    len: u32,
    debuggee: &mut Debuggee<M>,
    out: &mut dyn Write,
) -> fmt::Result {
    let mut bytes = [0; MOST as usize];
    let bytes = bytes.get_mut(..len as usize).unwrap_or(&mut []);
    let (count, missing) = debuggee.read(Place::physical(at), bytes);
    let found = bytes.get(..count).unwrap_or(&[]);
    for (index, line) in (0_u32..).zip(found.chunks(LINE_BYTES)) {
        let offset = index.saturating_mul(LINE_BYTES as u32);
        write!(out, "{} ", PhysAddr(at.0.saturating_add(offset)))?;
        for (column, byte) in line.iter().enumerate() {
            let gap = if column % 8 == 0 { " " } else { "" };
            write!(out, "{gap}{byte:02x} ")?;
        }
        let width = LINE_BYTES.saturating_sub(line.len()).saturating_mul(3);
        let half = usize::from(line.len() <= LINE_BYTES / 2);
        write!(out, "{:1$} |", "", width.saturating_add(half))?;
        for &byte in line {
            let is_shown = matches!(byte, b' '..=b'~');
            out.write_char(if is_shown { byte.into() } else { '.' })?;
        }
        out.write_str("|\n")?;
    }
    match missing {
        None => Ok(()),
        Some(_) => {
            let at = PhysAddr(at.0.saturating_add(count as u32));
            writeln!(out, "no memory at {at}")
        }
    }
}
