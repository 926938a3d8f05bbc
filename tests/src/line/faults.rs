//! What a bad line does to the bytes that it carries.

use crate::host::random::Random;

/// How many bytes in a row a burst damages.
pub const BURST_BYTES: u32 = 4;
/// The most bytes of garbage before a frame.
const GARBAGE_BYTES: u32 = 16;

/// The probability of each fault, from 0 to 1. A byte has at most one.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Faults {
    /// One of its bits is flipped.
    pub flips: f64,
    /// It does not arrive.
    pub drops: f64,
    /// It arrives twice.
    pub duplicates: f64,
    /// It and the next, [`BURST_BYTES`] in all, are replaced.
    pub bursts: f64,
    /// Random bytes come before it, if it begins a frame.
    pub garbage: f64,
}

impl Faults {
    /// A line without faults.
    pub const NONE: Self = Self {
        flips: 0.0,
        drops: 0.0,
        duplicates: 0.0,
        bursts: 0.0,
        garbage: 0.0,
    };

    /// Returns flipped bits.
    #[must_use]
    pub const fn flips(rate: f64) -> Self {
        Self { flips: rate, ..Self::NONE }
    }

    /// Returns lost bytes.
    #[must_use]
    pub const fn drops(rate: f64) -> Self {
        Self { drops: rate, ..Self::NONE }
    }

    /// Returns bytes that come twice.
    #[must_use]
    pub const fn duplicates(rate: f64) -> Self {
        Self { duplicates: rate, ..Self::NONE }
    }

    /// Returns bursts.
    #[must_use]
    pub const fn bursts(rate: f64) -> Self {
        Self { bursts: rate, ..Self::NONE }
    }

    /// Returns flips, drops and duplicates alike, `rate` in all.
    #[must_use]
    pub const fn mix(rate: f64) -> Self {
        let each = rate / 3.0;
        Self { flips: each, drops: each, duplicates: each, ..Self::NONE }
    }

    /// Returns garbage before this share of all frames.
    #[must_use]
    pub const fn garbage(rate: f64) -> Self {
        Self { garbage: rate, ..Self::NONE }
    }
}

/// One direction of a bad line. With the same seed, the same bytes get the
/// same faults.
#[derive(Clone, Debug)]
pub struct Damage {
    faults: Faults,
    random: Random,
    /// How much of a burst is still to come.
    burst_left: u32,
}

impl Damage {
    /// Returns the faults for `seed`, which is not 0.
    #[must_use]
    pub const fn new(faults: Faults, seed: u64) -> Self {
        Self { faults, random: Random::new(seed), burst_left: 0 }
    }

    /// Returns what arrives of `bytes`.
    pub fn carry(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut arrived = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            self.pass(byte, &mut arrived);
        }
        arrived
    }

    fn pass(&mut self, byte: u8, arrived: &mut Vec<u8>) {
        let begins = matches!(byte, b'$' | b'%');
        if begins && self.chance() < self.faults.garbage {
            for _ in 0..=self.random.bits() % GARBAGE_BYTES {
                arrived.push(self.byte());
            }
        }
        if let Some(left) = self.burst_left.checked_sub(1) {
            self.burst_left = left;
            arrived.push(self.other_than(byte));
            return;
        }
        let Faults { flips, drops, duplicates, bursts, .. } = self.faults;
        let chance = self.chance();
        if chance < flips {
            arrived.push(byte ^ 1 << (self.random.bits() % 8));
        } else if chance < flips + drops {
        } else if chance < flips + drops + duplicates {
            arrived.extend([byte, byte]);
        } else if chance < flips + drops + duplicates + bursts {
            self.burst_left = BURST_BYTES - 1;
            arrived.push(self.other_than(byte));
        } else {
            arrived.push(byte);
        }
    }

    /// Returns a number from 0 to below 1.
    fn chance(&mut self) -> f64 {
        f64::from(self.random.bits()) / 2_f64.powi(32)
    }

    fn byte(&mut self) -> u8 {
        self.random.bits().to_le_bytes()[3]
    }

    fn other_than(&mut self, byte: u8) -> u8 {
        let change = self.byte();
        byte ^ if change == 0 { 0xFF } else { change }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 1_000_000;
    const RATE: f64 = 3e-3;
    /// Six standard deviations of this many faults.
    const MOST_OFF: f64 = 330.0;

    fn carried(faults: Faults, seed: u64) -> Vec<u8> {
        Damage::new(faults, seed).carry(&[b'x'; BYTES])
    }

    #[track_caller]
    fn is_about(count: usize, expected: f64) {
        let off = (count as f64 - expected).abs();
        assert!(off < MOST_OFF, "{count}, not {expected}");
    }

    fn others(bytes: &[u8]) -> usize {
        bytes.iter().filter(|byte| **byte != b'x').count()
    }

    #[test]
    fn each_fault_is_as_frequent_as_it_says() {
        let expected = RATE * BYTES as f64;
        let flipped = carried(Faults::flips(RATE), 1);
        assert_eq!(flipped.len(), BYTES);
        is_about(others(&flipped), expected);
        let bits = |byte: &u8| (byte ^ b'x').count_ones();
        assert!(flipped.iter().all(|byte| bits(byte) <= 1));

        let rest = carried(Faults::drops(RATE), 2);
        is_about(BYTES - rest.len(), expected);
        let more = carried(Faults::duplicates(RATE), 3);
        is_about(more.len() - BYTES, expected);
        assert_eq!(others(&rest) + others(&more), 0);

        let burst = carried(Faults::bursts(RATE), 4);
        assert_eq!(burst.len(), BYTES);
        is_about(others(&burst) / BURST_BYTES as usize, expected);
        let runs = burst.split(|byte| *byte == b'x').filter(|r| !r.is_empty());
        for run in runs.clone() {
            assert_eq!(run.len() % BURST_BYTES as usize, 0, "{run:?}");
        }

        let mixed = carried(Faults::mix(RATE), 5);
        is_about(others(&mixed), expected / 3.0);
        // As many are lost as arrive twice.
        is_about(mixed.len(), BYTES as f64);
    }

    #[test]
    fn garbage_stands_before_frames_only() {
        let mut damage = Damage::new(Faults::garbage(0.5), 6);
        assert_eq!(damage.carry(&[b'x'; 1000]), [b'x'; 1000]);
        let mut spoiled = 0;
        for _ in 0..1000 {
            let arrived = damage.carry(b"$g#67");
            assert!(arrived.ends_with(b"$g#67"), "{arrived:?}");
            assert!(arrived.len() <= 5 + GARBAGE_BYTES as usize);
            spoiled += usize::from(arrived.len() > 5);
        }
        assert!((400..600).contains(&spoiled), "{spoiled}");
    }

    #[test]
    fn a_seed_is_a_stream_however_it_is_cut() {
        let faults = Faults { bursts: 0.01, ..Faults::mix(0.1) };
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let whole = Damage::new(faults, 7).carry(&bytes);
        let mut damage = Damage::new(faults, 7);
        let pieces = bytes.chunks(13).map(|piece| damage.carry(piece));
        assert_eq!(pieces.collect::<Vec<_>>().concat(), whole);
        assert_ne!(Damage::new(faults, 8).carry(&bytes), whole);
        assert_eq!(Damage::new(Faults::NONE, 7).carry(&bytes), bytes);
    }
}
