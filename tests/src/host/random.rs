//! Numbers that look random and are the same in every run.

/// A generator of numbers, made from a seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Returns the generator for `seed`, which is not 0.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        assert!(seed != 0, "0 would be followed by 0 for ever");
        Self(seed)
    }

    /// Returns the next 32 bits.
    pub const fn bits(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    /// Returns one of `choices`.
    ///
    /// # Panics
    ///
    /// Panics if there are none.
    pub const fn choose<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.bits() as usize % choices.len()]
    }
}
