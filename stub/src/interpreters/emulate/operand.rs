//! Decodes the operands of an instruction.

use super::registers::{Memory, Registers};
use wire::i386::general::ESP;

/// An instruction's bytes.
#[derive(Clone, Copy)]
pub(super) struct Code<'c>(pub(super) &'c [u8]);

/// The operands that a ModR/M byte, its SIB byte and its displacement encode.
pub(super) struct Operand {
    /// The register, or an extension of the opcode.
    pub(super) register: usize,
    pub(super) place: Place,
    /// The offset of the byte that follows.
    pub(super) end: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Place {
    Register(usize),
    Memory(u32),
}

impl Place {
    pub(super) fn value(
        self,
        registers: &Registers<'_>,
        memory: &mut dyn Memory,
    ) -> Option<u32> {
        match self {
            Self::Register(index) => registers.get(index).copied(),
            Self::Memory(address) => memory.load(address),
        }
    }
}

impl Code<'_> {
    #[inline(never)]
    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    pub(super) fn word(self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// Returns a word or a sign-extended byte, and the offset after it.
    pub(super) fn immediate(
        self,
        at: usize,
        is_byte: bool,
    ) -> Option<(u32, usize)> {
        if is_byte {
            let byte = self.byte(at)?.cast_signed();
            Some((i32::from(byte).cast_unsigned(), at.saturating_add(1)))
        } else {
            Some((self.word(at)?, at.saturating_add(4)))
        }
    }

    /// Decodes the ModR/M byte at `at` and the bytes that belong to it.
    pub(super) fn operand(
        self,
        at: usize,
        registers: &Registers<'_>,
    ) -> Option<Operand> {
        let modrm = self.byte(at)?;
        let register = usize::from(modrm >> 3 & 7);
        let rm = usize::from(modrm & 7);
        let mut end = at.saturating_add(1);
        if modrm >> 6 == 3 {
            return Some(Operand { register, place: Place::Register(rm), end });
        }
        let has_no_base = |base| base == 5 && modrm >> 6 == 0;
        let mut base = rm;
        let mut address = 0_u32;
        if rm == ESP {
            let sib = self.byte(end)?;
            end = end.saturating_add(1);
            base = usize::from(sib & 7);
            let index = usize::from(sib >> 3 & 7);
            if index != ESP {
                let scaled = registers.get(index)?;
                address = scaled.wrapping_shl((sib >> 6).into());
            }
        }
        if !has_no_base(base) {
            address = address.wrapping_add(*registers.get(base)?);
        }
        if modrm >> 6 != 0 || has_no_base(base) {
            let (by, behind) = self.immediate(end, modrm >> 6 == 1)?;
            address = address.wrapping_add(by);
            end = behind;
        }
        Some(Operand { register, place: Place::Memory(address), end })
    }
}
