//! What has come over a line, and so what is at its other end.

use super::error::Heard;

/// What has come so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Witness {
    /// Whether a valid answer came, to whomever.
    pub(super) valid: bool,
    /// Whether one of our own questions came back.
    pub(super) echo: bool,
    /// Packets and acknowledgements of a GDB stub, or what looks like them.
    packets: u32,
    /// What makes no sense: bytes, and damaged frames.
    noise: u32,
}

impl Witness {
    /// Counts what a GDB stub might say.
    pub(super) fn packet(&mut self) {
        self.packets = self.packets.saturating_add(1);
    }

    /// Counts what makes no sense.
    pub(super) fn noise(&mut self) {
        self.noise = self.noise.saturating_add(1);
    }

    /// Returns what came in place of a valid answer; none if one came.
    pub(super) fn heard(&self) -> Option<Heard> {
        let Self { valid, echo, packets, noise } = *self;
        Some(match () {
            () if valid => return None,
            () if echo => Heard::Echo,
            // Noise, too, holds what looks like a packet now and then.
            () if packets > noise => Heard::GdbStub,
            () if noise > 0 => Heard::Noise,
            () => Heard::Silence,
        })
    }
}
