//! The bytes that say what an instruction's operand is: ModR/M, SIB and the
//! displacement.
//!
//! Spec: Intel SDM vol. 2, "Instruction Format", "ModR/M and SIB Bytes".

use crate::embed::GeneralRegisters;
use wire::i386::general::{EBP, EBX, EDI, ESI, ESP};

/// A decoded ModR/M byte, and what belongs to it.
#[derive(Clone, Copy)]
pub(crate) struct ModRm<'c> {
    /// A register, or an extension of the opcode.
    pub(crate) register: usize,
    /// Where the operand is; none if it is a register.
    pub(crate) address: Option<u32>,
    /// The code after it.
    pub(crate) rest: &'c [u8],
}

impl<'c> ModRm<'c> {
    /// Decodes what `code` begins with; none if it ends too early. Segments are
    /// taken to begin at 0, as those of the known layouts do.
    #[inline(never)]
    pub(crate) fn of(
        code: &'c [u8],
        has_16_bits: bool,
        registers: &GeneralRegisters,
    ) -> Option<Self> {
        let (&modrm, mut rest) = code.split_first()?;
        let mode = modrm >> 6;
        let register = usize::from(modrm >> 3 & 7);
        let rm = usize::from(modrm & 7);
        if mode == 3 {
            return Some(Self { register, address: None, rest });
        }
        let mut base = Some(rm);
        let mut index = None;
        let mut scale = 0;
        let has_no_base;
        if has_16_bits {
            has_no_base = rm == 6;
            base = match rm {
                0 | 1 | 7 => Some(EBX),
                2 | 3 | 6 => Some(EBP),
                _ => None,
            };
            index = match rm {
                0 | 2 | 4 => Some(ESI),
                1 | 3 | 5 => Some(EDI),
                _ => None,
            };
        } else {
            if rm == ESP {
                let (&sib, after) = rest.split_first()?;
                rest = after;
                base = Some(usize::from(sib & 7));
                index = Some(usize::from(sib >> 3 & 7));
                index = index.filter(|index| *index != ESP);
                scale = sib >> 6;
            }
            has_no_base = base == Some(EBP);
        }
        let has_no_base = has_no_base && mode == 0;
        let size = match mode {
            0 if !has_no_base => 0,
            1 => 1,
            _ if has_16_bits => 2,
            _ => 4,
        };
        let (displacement, rest) = rest.split_at_checked(size)?;
        let get = |register: Option<usize>| {
            let value = register.and_then(|index| registers.get(index));
            value.copied().unwrap_or(0)
        };
        let base = if has_no_base { 0 } else { get(base) };
        let address = base
            .wrapping_add(get(index).wrapping_shl(scale.into()))
            .wrapping_add(extended(displacement));
        let address = if has_16_bits { address & 0xFFFF } else { address };
        Some(Self { register, address: Some(address), rest })
    }
}

/// Returns a sign-extended displacement.
fn extended(bytes: &[u8]) -> u32 {
    match *bytes {
        [byte] => i32::from(byte.cast_signed()).cast_unsigned(),
        [low, high] => u16::from_le_bytes([low, high]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}
