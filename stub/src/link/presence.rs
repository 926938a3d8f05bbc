//! Whether the debugger is still at the other end of the line.
//!
//! Most debuggers have no way to say so, and always count as present. One
//! counts as lost if the modem signals that were up when it attached have
//! dropped, or if it promised regular heartbeats and they have stopped.

/// How many heartbeats may be missed.
const MISSING: u32 = 3;

/// What is known about the debugger's presence.
#[derive(Debug)]
pub(crate) struct Presence {
    /// The signals that were up when it attached.
    signals: u8,
    /// The heartbeat interval that it promised; 0 if it promised none.
    every_us: u32,
    heard_us: u32,
}

impl Presence {
    /// Returns the presence of a debugger that has just attached with these
    /// signals up. Without any it never counts as lost.
    pub(crate) const fn begin(signals: u8) -> Self {
        Self { signals, every_us: 0, heard_us: 0 }
    }

    /// Notes its promise of a heartbeat every `every_ms` milliseconds; 0
    /// withdraws an earlier promise.
    pub(crate) fn promise(&mut self, every_ms: u16) {
        self.every_us = u32::from(every_ms).saturating_mul(1000);
    }

    /// Notes that the debugger was heard from.
    pub(crate) const fn heard(&mut self, now: u32) {
        self.heard_us = now;
    }

    /// Returns whether it is lost, given the signals that are up now.
    pub(crate) fn is_lost(&self, signals: u8, now: u32) -> bool {
        let silent = now.wrapping_sub(self.heard_us);
        let most = self.every_us.saturating_mul(MISSING);
        self.signals & !signals != 0 || self.every_us != 0 && silent > most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_count_only_if_they_were_up() {
        let plain = Presence::begin(0);
        assert!(!plain.is_lost(0, 0) && !plain.is_lost(3, u32::MAX));
        let wired = Presence::begin(2);
        assert!(!wired.is_lost(2, 0) && !wired.is_lost(3, u32::MAX));
        assert!(wired.is_lost(0, 0) && wired.is_lost(1, 0));
    }

    #[test]
    fn a_heart_may_miss_three_beats() {
        let mut presence = Presence::begin(0);
        presence.promise(100);
        presence.heard(u32::MAX - 10);
        assert!(!presence.is_lost(0, 299_000));
        assert!(presence.is_lost(0, 300_001));
        presence.heard(300_001);
        assert!(!presence.is_lost(0, 300_001));
        presence.promise(0);
        assert!(!presence.is_lost(0, 900_000_000));
    }
}
