//! ALU operations by number, and the flags that they set.

use super::operand::Instruction;
use wire::i386::eflags::{AF, CF, OF, PF, SF, ZF};
use wire::i386::general::EFLAGS;

/// The status flags.
const STATUS: u32 = CF | PF | AF | ZF | SF | OF;

impl Instruction<'_, '_> {
    /// Executes an operation by its number: add, or, adc, sbb, and, sub, xor,
    /// cmp.
    pub(super) fn alu(
        &mut self,
        operation: u8,
        to: usize,
        right: u32,
    ) -> Option<()> {
        let left = self.get(to)?;
        let carry = self.get(EFLAGS)? & CF;
        let operation = operation & 7;
        let carry = if matches!(operation, 2 | 3) { carry } else { 0 };
        let (result, flags) = match operation {
            0 | 2 => {
                let (sum, first) = left.overflowing_add(right);
                let (sum, second) = sum.overflowing_add(carry);
                let overflow = (left ^ sum) & (right ^ sum);
                (sum, arithmetic(first | second, overflow, left ^ right ^ sum))
            }
            1 => (left | right, 0),
            4 => (left & right, 0),
            6 => (left ^ right, 0),
            _ => {
                let (rest, first) = left.overflowing_sub(right);
                let (rest, second) = rest.overflowing_sub(carry);
                let overflow = (left ^ right) & (left ^ rest);
                (
                    rest,
                    arithmetic(first | second, overflow, left ^ right ^ rest),
                )
            }
        };
        self.set_flags(result, flags)?;
        if operation == 7 { Some(()) } else { self.set(to, result) }
    }

    /// Sets the status flags: `flags`, and ZF, SF and PF from the result.
    pub(super) fn set_flags(&mut self, result: u32, flags: u32) -> Option<()> {
        let has = |flag, is| if is { flag } else { 0 };
        let [low, ..] = result.to_le_bytes();
        let of_result = has(ZF, result == 0)
            | has(SF, result >> 31 != 0)
            | has(PF, low.count_ones().is_multiple_of(2));
        let eflags = self.get(EFLAGS)?;
        self.set(EFLAGS, eflags & !STATUS | flags | of_result)
    }
}

/// Returns CF, OF and AF: `overflow` has OF in its highest bit, `carries` the
/// carry into each bit.
fn arithmetic(carry: bool, overflow: u32, carries: u32) -> u32 {
    let overflow = if overflow >> 31 != 0 { OF } else { 0 };
    u32::from(carry) | overflow | carries & AF
}
