//! Emulation of the instruction under a breakpoint, so that the processor need
//! not step over it.
//!
//! It covers the instructions that functions and loops usually begin with. Any
//! that is unknown here or would fault is left to the processor.
//!
//! Spec: Intel SDM vol. 2, "Instruction Set Reference".

mod arithmetic;
mod operand;
mod registers;

pub(crate) use registers::{Memory, Registers};

use arithmetic::{alu, set_flags};
use operand::{Code, Place};
use wire::i386::eflags::{CF, IF, OF, PF, RF, SF, TF, VM, ZF};
use wire::i386::general::{CS, EAX, EFLAGS, EIP, ESP};

/// Executes the instruction at EIP, with which `code` begins. If it returns
/// none, nothing has been stored, and the contents of `registers` are
/// meaningless.
pub(crate) fn emulate(
    code: &[u8],
    registers: &mut Registers<'_>,
    memory: &mut dyn Memory,
) -> Option<()> {
    let code = Code(code);
    let opcode = code.byte(0)?;
    let low = usize::from(opcode & 7);
    match opcode {
        // ALU operations on a register, with a register or memory operand.
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
        // pushf: without TF, which only the debugger has set, and RF and VM,
        // which are never pushed.
        0x9C => {
            let eflags = *registers.get(EFLAGS)?;
            push(eflags & !(TF | RF | VM), registers, memory)?;
            advance(1, registers)
        }
        // Jumps, calls and returns.
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
        // nop, also with a prefix (pause is one); endbr32
        0x90 => advance(1, registers),
        0x66 | 0xF3 if code.byte(1)? == 0x90 => advance(2, registers),
        0xF3 if matches!(code.0, [_, 0x0F, 0x1E, 0xFB, ..]) => {
            advance(4, registers)
        }
        // A step with interrupts held back would get these wrong: hlt (which
        // may end at any time), cli, sti. Ring 3 may not execute them.
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

impl Code<'_> {
    /// Executes instructions that begin with 0x0F: long branches and long
    /// `nop`s.
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

/// Must come last in an instruction, except for changes to registers, so that
/// no instruction that fails has changed memory.
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

#[cfg(test)]
mod tests;
