//! The part of a long text that one reply has room for.

use crate::link::Reply;
use core::fmt::{self, Write};

/// Lets a part of what is written through to a reply.
pub(super) struct Window<'r> {
    /// How many more bytes to leave out.
    skip: usize,
    /// How many more bytes to let through.
    pub(super) room: usize,
    /// How many bytes were left out or let through.
    pub(super) written: usize,
    /// Whether more was written than there was room for.
    pub(super) is_full: bool,
    /// Whether a byte becomes two hex digits, or is escaped.
    is_hex: bool,
    reply: &'r mut Reply,
}

impl<'r> Window<'r> {
    /// Returns a window of `room` bytes, `skip` bytes into the text.
    pub(super) const fn new(
        skip: usize,
        room: usize,
        is_hex: bool,
        reply: &'r mut Reply,
    ) -> Self {
        Self { skip, room, written: 0, is_full: false, is_hex, reply }
    }

    fn push(&mut self, byte: u8) -> fmt::Result {
        if let Some(less) = self.skip.checked_sub(1) {
            self.skip = less;
        } else if let Some(less) = self.room.checked_sub(1)
            && self.reply.room() >= 2
        {
            self.room = less;
            match self.is_hex {
                true => self.reply.push_hex(byte),
                false => self.reply.push_binary(byte),
            }
        } else {
            self.is_full = true;
            return Err(fmt::Error);
        }
        self.written = self.written.saturating_add(1);
        Ok(())
    }
}

impl Write for Window<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Most of a long text fits as it is: then that takes half the time.
        if !self.is_hex
            && self.skip == 0
            && let Some(room) = self.room.checked_sub(text.len())
            && self.reply.push_plain(text)
        {
            self.room = room;
            self.written = self.written.saturating_add(text.len());
            return Ok(());
        }
        text.bytes().try_for_each(|byte| self.push(byte))
    }
}
