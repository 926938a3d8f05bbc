//! The x87 registers of a task, as `fnsave` stores them and as gdb has them.
//!
//! Spec: Intel SDM vol. 1, "Saving the x87 FPU's State with FSTENV/FNSTENV and
//! FSAVE/FNSAVE", protected mode, 32 bits; GDB manual, "i386 Features".

use crate::i386::{FLOAT, Kind};

/// How many bytes `fnsave` stores.
pub const IMAGE_BYTES: usize = 108;

/// How many bytes of an image come before ST(0).
const NUMBERS_AT: usize = 28;

/// The size of ST(0) and its like, in bytes.
const NUMBER_BYTES: usize = 10;

/// The number of bytes of any other register.
const WORD_BYTES: usize = 4;

/// Where the image has each of the registers that are no numbers, from `fctrl`
/// on: its offset, by how many bits its value is shifted, and what it keeps.
///
/// What the processor reserves is not shown: it stores ones there.
const WORDS: [(usize, u32, u32); 8] = [
    (0, 0, 0xFFFF),
    (4, 0, 0xFFFF),
    (8, 0, 0xFFFF),
    (16, 0, 0xFFFF),
    (12, 0, u32::MAX),
    (24, 0, 0xFFFF),
    (20, 0, u32::MAX),
    (16, 16, 0x7FF),
];

/// The x87 registers, as `fnsave` stores them and `frstor` loads them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Image(pub [u8; IMAGE_BYTES]);

/// What `fninit` leaves: nothing in use, and no exception unmasked.
pub const INITIAL: Image = {
    let mut bytes = [0; IMAGE_BYTES];
    // FCTRL is 0x37F; FTAG says that every number is empty.
    bytes[0] = 0x7F;
    bytes[1] = 0x03;
    bytes[8] = 0xFF;
    bytes[9] = 0xFF;
    Image(bytes)
};

/// The value of one register, in as many bytes as it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value {
    bytes: [u8; NUMBER_BYTES],
    len_bytes: usize,
}

impl Value {
    /// Returns its bytes, the lowest first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len_bytes).unwrap_or(&[])
    }

    fn new(of: &[u8]) -> Self {
        let mut bytes = [0; NUMBER_BYTES];
        for (place, byte) in bytes.iter_mut().zip(of) {
            *place = *byte;
        }
        Self { bytes, len_bytes: of.len().min(NUMBER_BYTES) }
    }
}

impl Image {
    /// Returns the register with this index in [`FLOAT`].
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Value> {
        if let Some(range) = place_of_number(index) {
            return self.0.get(range).map(Value::new);
        }
        let (at, shift, mask) = place_of_word(index)?;
        let value = self.word(at)? >> shift & mask;
        Some(Value::new(&value.to_le_bytes()))
    }

    /// Sets the register with this index in [`FLOAT`]; returns whether it has
    /// as many bytes as `value`. What a register has no bits for is lost.
    #[must_use]
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        if let Some(range) = place_of_number(index) {
            let place = self.0.get_mut(range);
            let place = place.filter(|place| place.len() == value.len());
            return place.is_some_and(|place| {
                place.copy_from_slice(value);
                true
            });
        }
        let mut set = || {
            let (at, shift, mask) = place_of_word(index)?;
            let value = u32::from_le_bytes(value.try_into().ok()?);
            let kept = self.word(at)? & !(mask << shift);
            let word = kept | (value & mask) << shift;
            let place = self.0.get_mut(at..)?.get_mut(..WORD_BYTES)?;
            place.copy_from_slice(&word.to_le_bytes());
            Some(())
        };
        set().is_some()
    }

    fn word(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }
}

/// Returns which bytes of an image are a number.
fn place_of_number(index: usize) -> Option<core::ops::Range<usize>> {
    FLOAT.get(index).filter(|register| register.kind == Kind::Float)?;
    let start = index.checked_mul(NUMBER_BYTES)?.checked_add(NUMBERS_AT)?;
    Some(start..start.checked_add(NUMBER_BYTES)?)
}

fn place_of_word(index: usize) -> Option<(usize, u32, u32)> {
    let numbers = FLOAT.len().checked_sub(WORDS.len())?;
    WORDS.get(index.checked_sub(numbers)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_of(name: &str) -> usize {
        FLOAT.iter().position(|one| one.name == name).expect(name)
    }

    #[test]
    fn every_register_has_its_size_and_a_place_of_its_own() {
        for (index, register) in FLOAT.iter().enumerate() {
            let value = INITIAL.get(index).expect(register.name);
            let len_bytes = value.bytes().len();
            assert_eq!(len_bytes as u32 * 8, register.bits());
            let mut image = INITIAL;
            let mut new = [0x5A; NUMBER_BYTES];
            // All but ST(0) to ST(7) have 11 bits or more.
            if len_bytes == WORD_BYTES {
                new[1..].fill(0);
            }
            assert!(image.set(index, &new[..len_bytes]), "{}", register.name);
            for (other, register) in FLOAT.iter().enumerate() {
                let now = image.get(other).expect(register.name);
                if other == index {
                    assert_eq!(now.bytes(), &new[..len_bytes]);
                } else {
                    assert_eq!(Some(now), INITIAL.get(other));
                }
            }
            assert!(!image.set(index, &new[..len_bytes - 1]));
            assert!(!image.set(index, &[0; NUMBER_BYTES + 1]));
        }
        assert_eq!(INITIAL.get(FLOAT.len()), None);
    }

    /// The offsets of the figure in Intel's manual.
    #[test]
    fn an_image_is_read_as_the_manual_says() {
        let mut image = Image([0xFF; IMAGE_BYTES]);
        for (at, byte) in image.0.iter_mut().enumerate().take(NUMBERS_AT) {
            if !matches!(at, 2..4 | 6..8 | 10..12 | 26..28) {
                *byte = at as u8;
            }
        }
        image.0[38..48].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let word = |name| {
            let value = image.get(index_of(name)).expect(name);
            u32::from_le_bytes(value.bytes().try_into().expect(name))
        };
        assert_eq!(word("fctrl"), 0x0100);
        assert_eq!(word("fstat"), 0x0504);
        assert_eq!(word("ftag"), 0x0908);
        assert_eq!(word("fioff"), 0x0F0E_0D0C);
        assert_eq!(word("fiseg"), 0x1110);
        assert_eq!(word("fop"), 0x312, "11 bits of 0x1312");
        assert_eq!(word("fooff"), 0x1716_1514);
        assert_eq!(word("foseg"), 0x1918);
        let st1 = image.get(index_of("st1")).expect("it is there");
        assert_eq!(st1.bytes(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
}
