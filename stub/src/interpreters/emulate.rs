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

use super::prefixes::{LONGEST, Prefixes};
use operand::{Instruction, Place};
use wire::i386::eflags::{CF, IF, OF, PF, RF, SF, TF, VM, ZF};
use wire::i386::general::{CS, EAX, EFLAGS, EIP, ESP, SS};

/// Executes the instruction at EIP, with which `code` begins. If it returns
/// none, nothing has been stored, and the contents of `registers` are
/// meaningless.
pub(crate) fn emulate(
    code: &[u8],
    registers: &mut Registers<'_>,
    memory: &mut dyn Memory,
) -> Option<()> {
    let code = code.get(..LONGEST).unwrap_or(code);
    let eflags = registers.get(EFLAGS)?;
    if eflags & RF != 0 {
        // The processor clears it with each instruction.
        registers.set(EFLAGS, eflags & !RF)?;
    }
    let mut instruction = Instruction { code, end: 0, registers, memory };
    if !Prefixes::has(*code.first()?) {
        return instruction.execute();
    }
    let (prefixes, rest) = Prefixes::split(code)?;
    instruction.end = code.len().saturating_sub(rest.len());
    instruction.execute_prefixed(prefixes)
}

impl Instruction<'_, '_> {
    fn execute(&mut self) -> Option<()> {
        let opcode = self.byte()?;
        let low = usize::from(opcode & 7);
        match opcode {
            // ALU operations on a register, with a register or memory operand.
            0x00..=0x3F if matches!(low, 1 | 3) => {
                let (register, place) = self.operand()?;
                let (to, from) = match (low, place) {
                    (1, Place::Register(to)) => (to, self.get(register)?),
                    (3, place) => (register, self.value(place)?),
                    _ => return None,
                };
                self.alu(opcode >> 3, to, from)?;
            }
            0x00..=0x3F if low == 5 => {
                let value = self.word()?;
                self.alu(opcode >> 3, EAX, value)?;
            }
            0x81 | 0x83 => {
                let (operation, Place::Register(to)) = self.operand()? else {
                    return None;
                };
                let value = self.immediate(opcode == 0x83)?;
                self.alu(operation as u8, to, value)?;
            }
            0x85 => {
                let (register, place) = self.operand()?;
                let value = self.value(place)? & self.get(register)?;
                self.set_flags(value, 0)?;
            }
            // mov, lea
            0x89 => {
                let (register, place) = self.operand()?;
                let value = self.get(register)?;
                match place {
                    Place::Register(to) => self.set(to, value)?,
                    Place::Memory(address) => {
                        self.memory.store(address, value)?;
                    }
                }
            }
            0x8B => {
                let (register, place) = self.operand()?;
                let value = self.value(place)?;
                self.set(register, value)?;
            }
            0x8D => {
                let (register, Place::Memory(address)) = self.operand()? else {
                    return None;
                };
                self.set(register, address)?;
            }
            0xB8..=0xBF => {
                let value = self.word()?;
                self.set(low, value)?;
            }
            // The stack.
            0x50..=0x57 => self.push(self.get(low)?)?,
            0x58..=0x5F => {
                let value = self.pop()?;
                self.set(low, value)?;
            }
            0x68 | 0x6A => {
                let value = self.immediate(opcode == 0x6A)?;
                self.push(value)?;
            }
            // pushf: without TF, which only the debugger has set, and RF and
            // VM, which are never pushed.
            0x9C => self.push(self.get(EFLAGS)? & !(TF | RF | VM))?,
            // Jumps, calls and returns.
            0x70..=0x7F => self.branch(opcode)?,
            0xEB | 0xE9 | 0xE8 => {
                let by = self.immediate(opcode == 0xEB)?;
                if opcode == 0xE8 {
                    self.push(self.get(EIP)?.wrapping_add(self.end as u32))?;
                }
                self.add(EIP, by)?;
            }
            0xC3 => {
                let back = self.pop()?;
                return self.set(EIP, back);
            }
            // Long branches and long `nop`s.
            0x0F => match self.byte()? {
                0x1F => {
                    self.operand()?;
                }
                opcode @ 0x80..=0x8F => self.branch(opcode)?,
                _ => return None,
            },
            0x90 => {}
            // mov ss and pop ss, of what SS holds already, which is all that
            // most do. The processor would not trap after them.
            0x8E => {
                let (2, Place::Register(from)) = self.operand()? else {
                    return None;
                };
                self.check_ss(self.get(from)?)?;
            }
            0x17 => {
                let value = self.pop()?;
                self.check_ss(value)?;
            }
            // A step with interrupts held back would get these wrong: hlt
            // (which may end at any time), cli, sti. Ring 3 may not execute
            // them.
            0xF4 | 0xFA | 0xFB if self.get(CS)? & 3 == 0 => {
                let eflags = self.get(EFLAGS)?;
                match opcode {
                    0xFA => self.set(EFLAGS, eflags & !IF)?,
                    0xFB => {
                        self.set(EFLAGS, eflags | IF)?;
                        // No interrupt may come before the next instruction,
                        // or `hlt` would wait for another one.
                        if eflags & IF == 0
                            && self.code.get(self.end) == Some(&0xF4)
                        {
                            self.end = self.end.saturating_add(1);
                        }
                    }
                    _ => {}
                }
            }
            _ => return None,
        }
        self.add(EIP, self.end as u32)
    }

    /// Executes an instruction with prefixes, if they change nothing about it
    /// and it matters or is common.
    fn execute_prefixed(&mut self, prefixes: Prefixes) -> Option<()> {
        let Prefixes { operand_size, address_size, repeat, lock, .. } =
            prefixes;
        let rest = self.code.get(self.end..)?;
        let is_plain = !address_size && repeat.is_none();
        let is_ignored = match rest {
            _ if lock => false,
            // nop (pause is one), hlt, cli, sti
            [0x90 | 0xF4 | 0xFA | 0xFB, ..] => true,
            [0x9C, ..] => !operand_size,
            // Branches with a hint; long `nop`s.
            [0x70..=0x7F, ..] | [0x0F, 0x80..=0x8F, ..] => {
                is_plain && !operand_size
            }
            [0x0F, 0x1F, ..] => is_plain,
            // endbr32
            [0x0F, 0x1E, 0xFB, ..] if repeat == Some(0xF3) => {
                self.end = self.end.saturating_add(3);
                return self.add(EIP, self.end as u32);
            }
            _ => false,
        };
        if is_ignored { self.execute() } else { None }
    }

    /// Checks that SS already holds `selector`.
    fn check_ss(&self, selector: u32) -> Option<()> {
        (self.get(SS)? as u16 == selector as u16).then_some(())
    }

    fn add(&mut self, register: usize, by: u32) -> Option<()> {
        self.set(register, self.get(register)?.wrapping_add(by))
    }

    /// Must come last in an instruction, except for changes to registers, so
    /// that no instruction that fails has changed memory.
    fn push(&mut self, value: u32) -> Option<()> {
        self.add(ESP, 4_u32.wrapping_neg())?;
        self.memory.store(self.get(ESP)?, value)
    }

    fn pop(&mut self) -> Option<u32> {
        let value = self.memory.load(self.get(ESP)?)?;
        self.add(ESP, 4)?;
        Some(value)
    }

    /// Jumps if the condition in `opcode` holds: by a byte or, with a long
    /// opcode, by a word.
    fn branch(&mut self, opcode: u8) -> Option<()> {
        let by = self.immediate(opcode < 0x80)?;
        let eflags = self.get(EFLAGS)?;
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
        if holds == (opcode & 1 == 0) { self.add(EIP, by) } else { Some(()) }
    }
}

#[cfg(test)]
mod tests;
