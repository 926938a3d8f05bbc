//! The target description, in the pieces that gdb asks for.

use crate::debuggee::Refused;
use crate::reply::Reply;
use core::fmt;
use wire::{hex, i386};

/// Answers what follows `qXfer:features:read:`.
///
/// The description is written anew for each piece and never as a whole.
pub(crate) fn answer(rest: &[u8], reply: &mut Reply) -> Result<(), Refused> {
    let range = rest.strip_prefix(b"target.xml:").ok_or(Refused::Invalid)?;
    let mut parts = range.splitn(2, |byte| *byte == b',');
    let mut part = || parts.next().and_then(hex::number);
    let (Some(offset), Some(len)) = (part(), part()) else {
        return Err(Refused::Invalid);
    };
    reply.clear();
    reply.push(b'l');
    let room = len.try_into().unwrap_or(usize::MAX).min(reply.room());
    let mut piece = Piece { skip: offset, room, is_cut: false, reply };
    // An error is only how the piece says that it is full.
    let _ = i386::target_description(&mut piece);
    if piece.is_cut {
        reply.set_first(b'm');
    }
    Ok(())
}

/// Lets through what is asked for.
struct Piece<'r> {
    skip: u32,
    room: usize,
    is_cut: bool,
    reply: &'r mut Reply,
}

impl fmt::Write for Piece<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if let Some(less) = self.skip.checked_sub(1) {
                self.skip = less;
                continue;
            }
            let Some(less) = self.room.checked_sub(1) else {
                self.is_cut = true;
                return Err(fmt::Error);
            };
            self.room = less;
            self.reply.push_binary(byte);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::PACKET_BYTES;

    extern crate std;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn pieces_of_any_size_make_the_same_description() {
        let mut whole = String::new();
        i386::target_description(&mut whole).expect("a string takes all");
        assert!(whole.len() < PACKET_BYTES, "{}", whole.len());
        let mut reply = Reply::new();
        for size in [1_000_000, 1000, 7] {
            let mut all: Vec<u8> = Vec::new();
            loop {
                let rest = format!("target.xml:{:x},{size:x}", all.len());
                assert_eq!(answer(rest.as_bytes(), &mut reply), Ok(()));
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
