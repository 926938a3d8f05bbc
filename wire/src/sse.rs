//! The SSE registers of a task.
//!
//! Spec: Intel SDM vol. 1, "SSE Programming Environment"; GDB manual, "i386
//! Features".

use crate::i386::SSE;

/// The size of XMM0 and its like, in bytes.
const VECTOR_BYTES: usize = 16;

/// How many of them there are in 32-bit mode.
const VECTORS: usize = SSE.len() - 1;

/// The bits of MXCSR that every processor with SSE has. To set another raises
/// #GP in some.
const CONTROL_BITS: u32 = 0xFFBF;

/// The SSE registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Image {
    /// XMM0 to XMM7, the lowest byte of each first.
    pub vectors: [[u8; VECTOR_BYTES]; VECTORS],
    /// MXCSR.
    pub control: u32,
}

/// What a reset leaves: all 0, and every exception masked.
pub const INITIAL: Image =
    Image { vectors: [[0; VECTOR_BYTES]; VECTORS], control: 0x1F80 };

/// How many bytes [`Image::to_bytes`] returns.
pub const IMAGE_BYTES: usize = VECTOR_BYTES * VECTORS + 4;

impl Image {
    /// Returns it as bytes: XMM0 to XMM7, then MXCSR.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; IMAGE_BYTES] {
        let mut bytes = [0; IMAGE_BYTES];
        let control = self.control.to_le_bytes();
        let all = self.vectors.as_flattened().iter().chain(&control);
        for (place, byte) in bytes.iter_mut().zip(all) {
            *place = *byte;
        }
        bytes
    }

    /// Returns the image that these bytes are.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; IMAGE_BYTES]) -> Self {
        let mut image = INITIAL;
        let (vectors, control) = bytes.as_chunks();
        image.vectors.copy_from_slice(vectors);
        image.control =
            control.first_chunk().map_or(0, |raw| u32::from_le_bytes(*raw));
        image
    }

    /// Calls `with` with the bytes of the register with this index in [`SSE`],
    /// the lowest first; none if there is no such register.
    pub fn with<T>(
        &self,
        index: usize,
        with: impl FnOnce(&[u8]) -> T,
    ) -> Option<T> {
        match self.vectors.get(index) {
            Some(vector) => Some(with(vector)),
            None if index == VECTORS => Some(with(&self.control.to_le_bytes())),
            None => None,
        }
    }

    /// Sets the register with this index in [`SSE`]; returns whether it has as
    /// many bytes as `value`. Bits of MXCSR that not every processor has keep
    /// their values.
    #[must_use]
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        let mut set = || {
            if let Some(vector) = self.vectors.get_mut(index) {
                *vector = value.try_into().ok()?;
            } else {
                let new = u32::from_le_bytes(value.try_into().ok()?);
                let kept = self.control & !CONTROL_BITS;
                (index == VECTORS).then_some(())?;
                self.control = kept | new & CONTROL_BITS;
            }
            Some(())
        };
        set().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_has_its_size_and_a_place_of_its_own() {
        let bytes_of = |image: &Image, index| {
            let mut all = [0; VECTOR_BYTES];
            let len = image.with(index, |bytes| {
                all[..bytes.len()].copy_from_slice(bytes);
                bytes.len()
            });
            len.map(|len| (all, len))
        };
        for (index, register) in SSE.iter().enumerate() {
            let (_, len) = bytes_of(&INITIAL, index).expect(register.name);
            assert_eq!(len as u32 * 8, register.bits());
            let mut new = [0; VECTOR_BYTES];
            new[0] = 0x9A;
            let mut image = INITIAL;
            assert!(image.set(index, &new[..len]), "{}", register.name);
            for other in 0..SSE.len() {
                let expected = match other == index {
                    true => Some((new, len)),
                    false => bytes_of(&INITIAL, other),
                };
                assert_eq!(bytes_of(&image, other), expected);
            }
            assert!(!image.set(index, &new[..len - 1]));
            assert!(!image.set(index, &[0; VECTOR_BYTES + 1]));
        }
        assert_eq!(bytes_of(&INITIAL, SSE.len()), None);
        assert!(!INITIAL.clone().set(SSE.len(), &[0; 4]));
    }

    #[test]
    fn an_image_survives_the_line() {
        let mut image = Image { control: 0x5F80, ..INITIAL };
        for (number, vector) in (1..).zip(&mut image.vectors) {
            *vector = [number; VECTOR_BYTES];
        }
        let bytes = image.to_bytes();
        assert_eq!(bytes[16..18], [2, 2]);
        assert_eq!(bytes[128..], [0x80, 0x5F, 0, 0]);
        assert_eq!(Image::from_bytes(&bytes), image);
    }

    #[test]
    fn bits_that_some_processors_lack_are_kept() {
        let mut image = Image { control: 0x1FC0, ..INITIAL };
        let control = VECTORS;
        assert!(image.set(control, &0xFFFF_7FBF_u32.to_le_bytes()));
        assert_eq!(image.control, 0x7FFF);
        let mut image = INITIAL;
        assert!(image.set(control, &u32::MAX.to_le_bytes()));
        assert_eq!(image.control, 0xFFBF);
    }
}
