//! What a line has carried so far, as evidence of what is at its other end.

use super::error::Received;

/// What the line has carried so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Evidence {
    /// Whether a valid answer came, to us or to others.
    valid: bool,
    /// Whether one of our own questions came back.
    pub(super) echo: bool,
    /// Packets and acknowledgements of a GDB stub, or bytes like them.
    packets: u32,
    /// Unintelligible bytes.
    noise: u32,
    /// How many requests were sent since the last answer to us.
    asked: u32,
    /// How many answers came damaged since then.
    damaged: u32,
}

impl Evidence {
    /// Counts a packet or acknowledgement.
    pub(super) fn packet(&mut self) {
        self.packets = self.packets.saturating_add(1);
    }

    /// Returns how many packets and acknowledgements there were.
    pub(super) const fn packets(&self) -> u32 {
        self.packets
    }

    /// Counts something unintelligible.
    pub(super) fn noise(&mut self) {
        self.noise = self.noise.saturating_add(1);
    }

    /// Counts an answer that came damaged.
    pub(super) fn damage(&mut self) {
        self.damaged = self.damaged.saturating_add(1);
    }

    /// Counts a request.
    pub(super) fn asked(&mut self) {
        self.asked = self.asked.saturating_add(1);
    }

    /// Notes a valid answer, to us or to others.
    pub(super) fn valid(&mut self) {
        self.valid = true;
    }

    /// Returns whether a valid answer came, to us or to others.
    pub(super) const fn is_valid(&self) -> bool {
        self.valid
    }

    /// Notes an answer to us.
    pub(super) fn answered(&mut self) {
        (self.asked, self.damaged, self.noise) = (0, 0, 0);
    }

    /// Returns how many requests were sent since the last answer.
    pub(super) const fn asked_in_vain(&self) -> u32 {
        self.asked
    }

    /// Returns how many requests were sent since the last answer, and how many
    /// answers came damaged, if that is what went wrong. Noise looks like a
    /// damaged answer now and then, and a target that dies leaves one.
    pub(super) fn mostly_damaged(&self) -> Option<(u32, u32)> {
        let Self { noise, asked, damaged, .. } = *self;
        let is_usual = damaged > 1 && damaged >= asked / 2;
        (is_usual && damaged > noise).then_some((asked, damaged))
    }

    /// Returns what arrived in place of a valid answer; none if one arrived.
    pub(super) fn received(&self) -> Option<Received> {
        let Self { valid, echo, packets, noise, damaged, .. } = *self;
        Some(match () {
            () if valid => return None,
            () if echo => Received::Echo,
            // Noise contains bytes that look like packets now and then.
            () if packets > noise => Received::GdbStub,
            () if noise > 0 || damaged > 0 => Received::Noise,
            () => Received::Silence,
        })
    }
}
