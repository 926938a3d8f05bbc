//! Output of breakpoints, for the debugger, while the system runs.
//!
//! It is sent in `O` packets, the only ones that a debugger does not take for a
//! stop. Only one is under way at a time: the next is sent once the debugger
//! has acknowledged it, and text accumulates in the meantime.

use super::frames::Link;
use crate::embed::SerialLine;
use crate::storage::Ring;
use core::fmt::{self, Write};

/// How much text accumulates before the system has to wait.
const CONSOLE_BYTES: usize = 2048;

/// The most text that one hit may print.
pub(crate) const LINE_BYTES: usize = 512;

/// The most text in one packet: on a noisy line, a short one is resent sooner.
const PACKET_TEXT: usize = 256;

/// How long a debugger may take to acknowledge a packet, in microseconds. After
/// that, the packet or its acknowledgement is assumed lost.
pub(crate) const PATIENCE_US: u32 = 1_000_000;

/// Text that the debugger has not received yet.
#[derive(Debug)]
pub(crate) struct Console {
    text: Ring<CONSOLE_BYTES>,
    sent_us: u32,
    /// Whether the debugger seems to be gone, so that hits do not wait for it
    /// to acknowledge their output.
    pub(crate) seems_gone: bool,
}

impl Console {
    /// Returns an empty console.
    pub(crate) const fn new() -> Self {
        Self { text: Ring::new(), sent_us: 0, seems_gone: false }
    }

    /// Adds a byte. Excess output is dropped.
    pub(crate) fn print(&mut self, byte: u8) {
        self.text.push(byte);
    }

    /// Discards text that has not been sent.
    pub(crate) const fn clear(&mut self) {
        self.text.clear();
        self.seems_gone = false;
    }

    /// Returns whether the next hit may find too little room for its output.
    pub(crate) const fn is_full(&self) -> bool {
        self.text.room() < LINE_BYTES
    }

    /// Returns whether all text has been put into packets.
    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Like [`Console::offer`], but between two hits, and not if the debugger
    /// seems to be gone: the next bytes may come from another debugger, which
    /// would take the packet for a reply.
    pub(crate) fn offer_next<L: SerialLine>(
        &mut self,
        link: &mut Link<L>,
        now: u32,
    ) {
        if !self.seems_gone {
            self.offer(link, now);
        }
    }

    /// Puts text into a packet, if there is any and no packet is under way.
    pub(crate) fn offer<L: SerialLine>(
        &mut self,
        link: &mut Link<L>,
        now: u32,
    ) {
        if self.text.is_empty() {
            return;
        }
        if link.reply.is_due() {
            // On a slow line, sending takes a while.
            self.sent_us = now;
            return;
        }
        let is_settled = link.is_settled();
        if !is_settled && now.wrapping_sub(self.sent_us) < PATIENCE_US {
            return;
        }
        self.seems_gone = !is_settled;
        link.reply.set("O");
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
