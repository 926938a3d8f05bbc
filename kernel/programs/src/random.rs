//! Pseudo-random numbers, repeatable by their seed.

/// A xorshift generator.
#[derive(Clone, Debug)]
pub struct Random(u32);

impl Random {
    /// Returns the generator for a seed.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        // An odd factor keeps seeds apart; a state of 0 would stay 0.
        let state = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9);
        Self(if state == 0 { 1 } else { state })
    }

    /// Returns the next number.
    pub const fn number(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        // The state is a linear function of the seed; this is not.
        self.0.wrapping_mul(0x2C1B_3C6D).rotate_left(15) ^ self.0
    }

    /// Returns a number below `limit`, which is not 0.
    pub const fn below(&mut self, limit: u32) -> u32 {
        ((self.number() as u64 * limit as u64) >> 32) as u32
    }

    /// Returns one of `choices`, which must not be empty.
    pub fn one_of(&mut self, choices: &[u32]) -> u32 {
        choices[self.below(choices.len() as u32) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_others() {
        let numbers = |seed| {
            let mut random = Random::new(seed);
            [(); 8].map(|()| random.number())
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }
}
