//! The target description and the memory map, in the pieces that gdb asks
//! for.

use super::window::Window;
use crate::link::Reply;
use crate::protocol::Refused;
use core::fmt;
use layout::regions::Region;
use wire::{hex, i386};

/// Answers what follows `qXfer:features:read:`.
///
/// The description is rewritten for each piece, and never kept as a whole.
pub(crate) fn answer(
    rest: &[u8],
    is_gdb: bool,
    has_sse: bool,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let range = rest.strip_prefix(b"target.xml:").ok_or(Refused::Invalid)?;
    let write = match is_gdb {
        true => i386::brief_target_description,
        false => i386::target_description,
    };
    piece(range, &|out| write(out, has_sse), reply)
}

/// Answers what follows `qXfer:memory-map:read:`: the rows of the address-space
/// table, where memory may be. gdb needn't try the gaps between them.
pub(crate) fn memory_map(
    rest: &[u8],
    regions: &[Region],
    reply: &mut Reply,
) -> Result<(), Refused> {
    if regions.is_empty() {
        reply.clear();
        return Ok(());
    }
    let range = rest.strip_prefix(b":").ok_or(Refused::Invalid)?;
    piece(range, &|out| write_map(regions, out), reply)
}

fn write_map(regions: &[Region], out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str("<memory-map>")?;
    let mut rows = regions.iter().peekable();
    while let Some(row) = rows.next() {
        let (start, mut last) = (row.start.0, row.last().0);
        while let Some(next) =
            rows.next_if(|next| last.checked_add(1) == Some(next.start.0))
        {
            last = next.last().0;
        }
        let len = last.wrapping_sub(start).wrapping_add(1);
        write!(
            out,
            "<memory type=\"ram\" start=\"{start:#x}\" length=\"{len:#x}\"/>"
        )?;
    }
    out.write_str("</memory-map>")
}

fn piece(
    range: &[u8],
    write: &dyn Fn(&mut dyn fmt::Write) -> fmt::Result,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let (offset, len) = hex::range(range).ok_or(Refused::Invalid)?;
    reply.set("l");
    let mut piece = Window::new(offset as usize, len as usize, false, reply);
    // An error only means that the piece is full.
    let _ = write(&mut piece);
    if piece.is_full {
        reply.set_first(b'm');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::PACKET_BYTES;

    extern crate std;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn pieces_of_any_size_make_the_same_description() {
        let mut whole = String::new();
        i386::target_description(&mut whole, true).expect("a string takes all");
        assert!(whole.len() < PACKET_BYTES, "{}", whole.len());
        let mut reply = Reply::new();
        for size in [1_000_000, 1000, 7] {
            let mut all: Vec<u8> = Vec::new();
            loop {
                let rest = format!("target.xml:{:x},{size:x}", all.len());
                let answered = answer(rest.as_bytes(), false, true, &mut reply);
                assert_eq!(answered, Ok(()));
                let (kind, piece) = reply.body().split_first().expect("a kind");
                all.extend_from_slice(piece);
                if *kind == b'l' {
                    break;
                }
            }
            assert_eq!(all, whole.as_bytes());
        }
    }
}
