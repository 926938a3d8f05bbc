//! What a line has carried so far, as evidence of what is at its other end.

use super::error::Received;

/// What the line has carried so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Evidence {
    /// Whether a valid answer came, to us or to others.
    pub(super) valid: bool,
    /// Whether one of our own questions came back.
    pub(super) echo: bool,
    /// Packets and acknowledgements of a GDB stub, or bytes like them.
    packets: u32,
    /// Unintelligible bytes and damaged frames.
    noise: u32,
}

impl Evidence {
    /// Counts a packet or acknowledgement.
    pub(super) fn packet(&mut self) {
        self.packets = self.packets.saturating_add(1);
    }

    /// Counts something unintelligible.
    pub(super) fn noise(&mut self) {
        self.noise = self.noise.saturating_add(1);
    }

    /// Returns what arrived in place of a valid answer; none if one arrived.
    pub(super) fn received(&self) -> Option<Received> {
        let Self { valid, echo, packets, noise } = *self;
        Some(match () {
            () if valid => return None,
            () if echo => Received::Echo,
            // Noise contains bytes that look like packets now and then.
            () if packets > noise => Received::GdbStub,
            () if noise > 0 => Received::Noise,
            () => Received::Silence,
        })
    }
}
