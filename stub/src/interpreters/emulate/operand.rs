//! Decodes an instruction and its operands.

use super::registers::{Memory, Registers};
use wire::i386::general::ESP;

/// An instruction being executed, and what it works on.
pub(super) struct Instruction<'i, 'r> {
    pub(super) code: &'i [u8],
    /// How many bytes of the code have been decoded.
    pub(super) end: usize,
    pub(super) registers: &'i mut Registers<'r>,
    pub(super) memory: &'i mut dyn Memory,
}

/// Where an operand is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Register(usize),
    Memory(u32),
}

impl Instruction<'_, '_> {
    pub(super) fn get(&self, register: usize) -> Option<u32> {
        self.registers.get(register)
    }

    pub(super) fn set(&mut self, register: usize, value: u32) -> Option<()> {
        self.registers.set(register, value)
    }

    pub(super) fn value(&mut self, place: Place) -> Option<u32> {
        match place {
            Place::Register(register) => self.get(register),
            Place::Memory(address) => self.memory.load(address),
        }
    }

    #[inline(never)]
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = self.code.get(self.end).copied()?;
        self.end = self.end.saturating_add(1);
        Some(byte)
    }

    pub(super) fn word(&mut self) -> Option<u32> {
        let bytes = self.code.get(self.end..)?.first_chunk()?;
        self.end = self.end.saturating_add(4);
        Some(u32::from_le_bytes(*bytes))
    }

    /// Decodes a word or a sign-extended byte.
    pub(super) fn immediate(&mut self, is_byte: bool) -> Option<u32> {
        if is_byte {
            Some(i32::from(self.byte()?.cast_signed()).cast_unsigned())
        } else {
            self.word()
        }
    }

    /// Decodes a ModR/M byte, its SIB byte and its displacement. The first
    /// operand is a register, or an extension of the opcode.
    pub(super) fn operand(&mut self) -> Option<(usize, Place)> {
        let modrm = self.byte()?;
        let register = usize::from(modrm >> 3 & 7);
        let rm = usize::from(modrm & 7);
        if modrm >> 6 == 3 {
            return Some((register, Place::Register(rm)));
        }
        let mut base = rm;
        let mut address = 0_u32;
        if rm == ESP {
            let sib = self.byte()?;
            base = usize::from(sib & 7);
            let index = usize::from(sib >> 3 & 7);
            if index != ESP {
                address = self.get(index)?.wrapping_shl((sib >> 6).into());
            }
        }
        let has_no_base = base == 5 && modrm >> 6 == 0;
        if !has_no_base {
            address = address.wrapping_add(self.get(base)?);
        }
        if modrm >> 6 != 0 || has_no_base {
            address = address.wrapping_add(self.immediate(modrm >> 6 == 1)?);
        }
        Some((register, Place::Memory(address)))
    }
}
