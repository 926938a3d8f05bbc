//! Instructions that the stub executes itself, so that the processor need
//! not step over the breakpoint that stands at them.
//!
//! Those with which functions and loops usually begin. Whatever is not
//! known here, or would fault, is left to the processor.
//!
//! Spec: Intel SDM vol. 2, "Instruction Set Reference".

use crate::embed::GeneralRegisters;
use wire::i386::general::{CS, EAX, EFLAGS, EIP, ESP};

/// Memory as the instruction's task has it: with the rights of its ring.
pub(crate) trait Memory {
    /// Returns the word at `address`; none if the processor would fault.
    fn load(&mut self, address: u32) -> Option<u32>;

    /// Writes the word at `address`; none if the processor would fault.
    fn store(&mut self, address: u32, value: u32) -> Option<()>;
}

/// A task's registers, and which of them an instruction may have changed.
pub(crate) struct Registers<'r> {
    values: &'r mut GeneralRegisters,
    changed: u32,
}

impl<'r> Registers<'r> {
    /// Returns registers that are as the task has them.
    pub(crate) const fn of(values: &'r mut GeneralRegisters) -> Self {
        Self { values, changed: 0 }
    }

    /// Returns those that may have changed, by their indexes.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (usize, u32)> {
        let mut left = self.changed;
        core::iter::from_fn(move || {
            // 32 if none is left, and no register has that index.
            let index = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            Some((index, *self.values.get(index)?))
        })
    }

    fn get(&self, index: usize) -> Option<&u32> {
        self.values.get(index)
    }

    fn get_mut(&mut self, index: usize) -> Option<&mut u32> {
        self.changed |= 1_u32.wrapping_shl(index as u32);
        self.values.get_mut(index)
    }
}

/// Executes the instruction that `code` begins with, at EIP. If it returns
/// none, nothing was stored, and `registers` are worth nothing.
pub(crate) fn emulate(
    code: &[u8],
    registers: &mut Registers<'_>,
    memory: &mut dyn Memory,
) -> Option<()> {
    let code = Code(code);
    let opcode = code.byte(0)?;
    let low = usize::from(opcode & 7);
    match opcode {
        // ALU operations: registers, with a register or memory read.
        0x00..=0x3F if matches!(low, 1 | 3) => {
            let operand = code.operand(1, registers)?;
            let register = operand.register;
            let (to, from) = match (low, operand.place) {
                (1, Place::Register(to)) => (to, *registers.get(register)?),
                (3, place) => (register, place.value(registers, memory)?),
                _ => return None,
            };
            alu(opcode >> 3, to, from, registers)?;
            advance(operand.end, registers)
        }
        0x00..=0x3F if low == 5 => {
            alu(opcode >> 3, EAX, code.word(1)?, registers)?;
            advance(5, registers)
        }
        0x81 | 0x83 => {
            let operand = code.operand(1, registers)?;
            let Place::Register(to) = operand.place else { return None };
            let (value, end) = code.immediate(operand.end, opcode == 0x83)?;
            alu(operand.register as u8, to, value, registers)?;
            advance(end, registers)
        }
        0x85 => {
            let operand = code.operand(1, registers)?;
            let left = operand.place.value(registers, memory)?;
            let right = *registers.get(operand.register)?;
            set_flags(left & right, 0, registers)?;
            advance(operand.end, registers)
        }
        // mov, lea
        0x89 => {
            let operand = code.operand(1, registers)?;
            let value = *registers.get(operand.register)?;
            match operand.place {
                Place::Register(to) => *registers.get_mut(to)? = value,
                Place::Memory(address) => memory.store(address, value)?,
            }
            advance(operand.end, registers)
        }
        0x8B => {
            let operand = code.operand(1, registers)?;
            let value = operand.place.value(registers, memory)?;
            *registers.get_mut(operand.register)? = value;
            advance(operand.end, registers)
        }
        0x8D => {
            let operand = code.operand(1, registers)?;
            let Place::Memory(address) = operand.place else { return None };
            *registers.get_mut(operand.register)? = address;
            advance(operand.end, registers)
        }
        0xB8..=0xBF => {
            *registers.get_mut(low)? = code.word(1)?;
            advance(5, registers)
        }
        // The stack.
        0x50..=0x57 => {
            push(*registers.get(low)?, registers, memory)?;
            advance(1, registers)
        }
        0x58..=0x5F => {
            let value = pop(registers, memory)?;
            *registers.get_mut(low)? = value;
            advance(1, registers)
        }
        0x68 | 0x6A => {
            let (value, end) = code.immediate(1, opcode == 0x6A)?;
            push(value, registers, memory)?;
            advance(end, registers)
        }
        // pushf: without the flags that only the debugger has set, and
        // that are never pushed.
        0x9C => {
            let eflags = *registers.get(EFLAGS)?;
            push(eflags & !(TF | RF | VM), registers, memory)?;
            advance(1, registers)
        }
        // Control goes elsewhere.
        0x70..=0x7F => {
            let (by, end) = code.immediate(1, true)?;
            branch(opcode, by, end, registers)
        }
        0xEB | 0xE9 | 0xE8 => {
            let (by, end) = code.immediate(1, opcode == 0xEB)?;
            if opcode == 0xE8 {
                let back = registers.get(EIP)?.wrapping_add(end as u32);
                push(back, registers, memory)?;
            }
            advance(end, registers)?;
            add(EIP, by, registers)
        }
        0xC3 => {
            let back = pop(registers, memory)?;
            *registers.get_mut(EIP)? = back;
            Some(())
        }
        0x0F => code.two_bytes(registers),
        // nop, also with a prefix, which makes it a pause; endbr32
        0x90 => advance(1, registers),
        0x66 | 0xF3 if code.byte(1)? == 0x90 => advance(2, registers),
        0xF3 if matches!(code.0, [_, 0x0F, 0x1E, 0xFB, ..]) => {
            advance(4, registers)
        }
        // What a step with interrupts held back would do wrong: hlt (which
        // may end at any time), cli, sti. Ring 3 may not do these.
        0xF4 | 0xFA | 0xFB if *registers.get(CS)? & 3 == 0 => {
            let eflags = registers.get_mut(EFLAGS)?;
            match opcode {
                0xFA => *eflags &= !IF,
                0xFB => *eflags |= IF,
                _ => {}
            }
            advance(1, registers)
        }
        _ => None,
    }
}

const CF: u32 = 1 << 0;
const PF: u32 = 1 << 2;
const AF: u32 = 1 << 4;
const ZF: u32 = 1 << 6;
const SF: u32 = 1 << 7;
const TF: u32 = 1 << 8;
const IF: u32 = 1 << 9;
const OF: u32 = 1 << 11;
const RF: u32 = 1 << 16;
const VM: u32 = 1 << 17;
const STATUS: u32 = CF | PF | AF | ZF | SF | OF;

/// An instruction's bytes.
#[derive(Clone, Copy)]
struct Code<'c>(&'c [u8]);

/// What a ModR/M byte and those behind it say.
struct Operand {
    /// The register, or a part of the opcode.
    register: usize,
    place: Place,
    /// Where the bytes behind them begin.
    end: usize,
}

#[derive(Clone, Copy)]
enum Place {
    Register(usize),
    Memory(u32),
}

impl Place {
    fn value(
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
    fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn word(self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// Returns a word, or a byte with its sign, and where it ends.
    fn immediate(self, at: usize, is_byte: bool) -> Option<(u32, usize)> {
        if is_byte {
            let byte = self.byte(at)?.cast_signed();
            Some((i32::from(byte).cast_unsigned(), at.saturating_add(1)))
        } else {
            Some((self.word(at)?, at.saturating_add(4)))
        }
    }

    /// Decodes the ModR/M byte at `at`, and what belongs to it.
    fn operand(self, at: usize, registers: &Registers<'_>) -> Option<Operand> {
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

    /// Executes what begins with 0x0F: long branches, and long `nop`s.
    fn two_bytes(self, registers: &mut Registers<'_>) -> Option<()> {
        let opcode = self.byte(1)?;
        match opcode {
            0x1F => advance(self.operand(2, registers)?.end, registers),
            0x80..=0x8F => {
                let (by, end) = self.immediate(2, false)?;
                branch(opcode, by, end, registers)
            }
            _ => None,
        }
    }
}

fn add(index: usize, by: u32, registers: &mut Registers<'_>) -> Option<()> {
    let register = registers.get_mut(index)?;
    *register = register.wrapping_add(by);
    Some(())
}

fn advance(by: usize, registers: &mut Registers<'_>) -> Option<()> {
    add(EIP, by as u32, registers)
}

/// The last that an instruction does but for registers: so none that fails
/// has changed memory.
fn push(
    value: u32,
    registers: &mut Registers<'_>,
    memory: &mut dyn Memory,
) -> Option<()> {
    add(ESP, 4_u32.wrapping_neg(), registers)?;
    memory.store(*registers.get(ESP)?, value)
}

fn pop(registers: &mut Registers<'_>, memory: &mut dyn Memory) -> Option<u32> {
    let value = memory.load(*registers.get(ESP)?)?;
    add(ESP, 4, registers)?;
    Some(value)
}

fn branch(
    opcode: u8,
    by: u32,
    end: usize,
    registers: &mut Registers<'_>,
) -> Option<()> {
    let eflags = *registers.get(EFLAGS)?;
    let is = |flags| eflags & flags != 0;
    let holds = match opcode >> 1 & 7 {
        0 => is(OF),
        1 => is(CF),
        2 => is(ZF),
        3 => is(CF | ZF),
        4 => is(SF),
        5 => is(PF),
        6 => is(SF) != is(OF),
        _ => is(ZF) || is(SF) != is(OF),
    };
    advance(end, registers)?;
    if holds == (opcode & 1 == 0) { add(EIP, by, registers) } else { Some(()) }
}

/// Does an operation by its number: add, or, adc, sbb, and, sub, xor, cmp.
fn alu(
    operation: u8,
    to: usize,
    right: u32,
    registers: &mut Registers<'_>,
) -> Option<()> {
    let left = *registers.get(to)?;
    let carry = *registers.get(EFLAGS)? & CF;
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
            (rest, arithmetic(first | second, overflow, left ^ right ^ rest))
        }
    };
    set_flags(result, flags, registers)?;
    if operation != 7 {
        *registers.get_mut(to)? = result;
    }
    Some(())
}

/// Returns CF, OF and AF: `overflow` has the latter's in its highest bit,
/// `carries` the carry into each bit.
fn arithmetic(carry: bool, overflow: u32, carries: u32) -> u32 {
    let overflow = if overflow >> 31 != 0 { OF } else { 0 };
    u32::from(carry) | overflow | carries & AF
}

/// Sets the flags: `flags`, and those that come from the result.
fn set_flags(
    result: u32,
    flags: u32,
    registers: &mut Registers<'_>,
) -> Option<()> {
    let has = |flag, is| if is { flag } else { 0 };
    let [low, ..] = result.to_le_bytes();
    let of_result = has(ZF, result == 0)
        | has(SF, result >> 31 != 0)
        | has(PF, low.count_ones().is_multiple_of(2));
    let eflags = registers.get_mut(EFLAGS)?;
    *eflags = *eflags & !STATUS | flags | of_result;
    Some(())
}

#[cfg(test)]
mod tests;
