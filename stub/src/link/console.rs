//! What breakpoints print for the debugger while the system runs.
//!
//! It leaves in `O` packets, the only ones that a debugger does not take
//! for a stop. One is under way at a time: the next goes when the debugger
//! has acknowledged it, and meanwhile text gathers.

use super::frames::Link;
use crate::embed::Line;
use crate::storage::Ring;
use core::fmt::{self, Write};

/// How much text gathers before the system is made to wait.
const CONSOLE_BYTES: usize = 2048;

/// The most text that one hit prints.
pub(crate) const LINE_BYTES: usize = 512;

/// The most text in one packet: on a noisy line a short one is sent again
/// sooner.
const PACKET_TEXT: usize = 256;

/// How long a debugger may take to acknowledge a packet, in microseconds.
/// Then it, or its answer, is taken to be lost.
pub(crate) const PATIENCE_US: u32 = 1_000_000;

/// Text that the debugger does not have yet.
#[derive(Debug)]
pub(crate) struct Console {
    text: Ring<CONSOLE_BYTES>,
    sent_us: u32,
    /// Whether nobody seems to be there, so that nobody waits for them.
    pub(crate) is_unheard: bool,
}

impl Console {
    /// Returns a console on which nothing was said.
    pub(crate) const fn new() -> Self {
        Self { text: Ring::new(), sent_us: 0, is_unheard: false }
    }

    /// Adds a byte; what there is no room for is lost.
    pub(crate) fn print(&mut self, byte: u8) {
        self.text.push(byte);
    }

    /// Forgets what was not sent.
    pub(crate) const fn clear(&mut self) {
        self.text.clear();
        self.is_unheard = false;
    }

    /// Returns whether the next hit may find too little room.
    pub(crate) const fn is_full(&self) -> bool {
        self.text.room() < LINE_BYTES
    }

    /// Returns whether all text has been put into packets.
    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// As [`Console::offer`], between two hits. Not if nobody seems to be
    /// there: what is heard next is perhaps another debugger, who would
    /// take the packet for an answer.
    pub(crate) fn offer_next<L: Line>(&mut self, link: &mut Link<L>, now: u32) {
        if !self.is_unheard {
            self.offer(link, now);
        }
    }

    /// Makes a packet of the text, if there is some and none under way.
    pub(crate) fn offer<L: Line>(&mut self, link: &mut Link<L>, now: u32) {
        if self.text.is_empty() {
            return;
        }
        if link.reply.is_due() {
            // On a slow line it takes its time.
            self.sent_us = now;
            return;
        }
        if !link.is_settled() {
            if now.wrapping_sub(self.sent_us) < PATIENCE_US {
                return;
            }
            self.is_unheard = true;
        } else {
            self.is_unheard = false;
        }
        link.reply.clear();
        link.reply.push(b'O');
        for _ in 0..PACKET_TEXT {
            let Some(byte) = self.text.pop() else { break };
            link.reply.push_hex(byte);
        }
        link.post();
        self.sent_us = now;
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.print(byte));
        Ok(())
    }
}
