//! What memory an instruction reads and writes.
//!
//! A step is made without the debug registers, so which watchpoints its
//! instruction hits has to be known beforehand. It is for the integer
//! instructions and those of the x87. Not for MMX, SSE and what came later; for
//! what the processor itself reads and writes on the way, such as descriptors
//! and the stacks of interrupts; nor for the two words more that `iret` takes
//! if it returns to an outer ring.
//!
//! Spec: Intel SDM vol. 2, "Instruction Set Reference".

mod operands;

use super::modrm::ModRm;
use super::prefixes::Prefixes;
use crate::embed::GeneralRegisters;
use wire::i386::general::{EAX, EBP, EBX, ECX, EDI, ESI, ESP};

/// An access to memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Access {
    pub(crate) address: u32,
    pub(crate) len_bytes: u32,
    /// Whether it writes, perhaps after a read.
    pub(crate) writes: bool,
}

/// `pop ss` and what its step includes make three; nothing makes more.
pub(crate) type Accesses = [Option<Access>; 3];

/// Returns what the instruction with which `code` begins, if it is known, will
/// access, given the registers before it. If the instruction loads SS, the
/// step includes the next one. A repeated instruction makes one round.
pub(crate) fn accesses(code: &[u8], registers: &GeneralRegisters) -> Accesses {
    let prefixes = Prefixes::default();
    let mut step = Step { registers: *registers, prefixes, all: [None; 3] };
    let mut rest = Some(code);
    while let Some(code) = rest {
        // If the code ends too early, it cannot be executed either.
        rest = step.instruction(code);
    }
    step.all
}

/// What is known of a step.
struct Step {
    registers: GeneralRegisters,
    /// Those of the current instruction.
    prefixes: Prefixes,
    all: Accesses,
}

impl Step {
    /// Adds the accesses of an instruction. Returns the code after it if the
    /// step goes on there.
    fn instruction<'c>(&mut self, code: &'c [u8]) -> Option<&'c [u8]> {
        let (prefixes, bare) = Prefixes::split(code)?;
        self.prefixes = prefixes;
        let (&opcode, rest) = bare.split_first()?;
        match opcode {
            // push, pushf, call
            0x06 | 0x0E | 0x16 | 0x1E | 0x50..=0x57 => self.push(1),
            0x68 | 0x6A | 0x9C | 0xE8 => self.push(1),
            0x9A => self.push(2),
            0x60 => self.push(8),
            // pop, popf, ret, iret
            0x17 => {
                self.pop(1);
                return Some(rest);
            }
            0x07 | 0x1F | 0x58..=0x5F | 0x9D | 0xC2 | 0xC3 => self.pop(1),
            0xCA | 0xCB => self.pop(2),
            0xCF => self.pop(3),
            // popa, which leaves out the word of ESP
            0x61 => {
                self.pop(3);
                let ebx = self.get(ESP).wrapping_add(self.word());
                self.add(ebx, self.word().wrapping_mul(4), false);
            }
            0xC8 => self.enter(*rest.get(2)?),
            // leave
            0xC9 => self.add(self.get(EBP), self.word(), false),
            // mov between AL or EAX and an address in the code
            0xA0..=0xA3 => {
                let address = if self.prefixes.address_size {
                    u16::from_le_bytes(*rest.first_chunk()?).into()
                } else {
                    u32::from_le_bytes(*rest.first_chunk()?)
                };
                self.add(address, self.element(opcode), opcode & 2 != 0);
            }
            // xlat
            0xD7 => {
                let by = self.get(EAX) & 0xFF;
                let address = self.get(EBX).wrapping_add(by);
                self.add(self.cut(address), 1, false);
            }
            0x6C..=0x6F | 0xA4..=0xA7 | 0xAA..=0xAF => self.string(opcode),
            // pop: its address is that after ESP has changed.
            0x8F => {
                self.pop(1);
                let operand = self.operand(rest)?;
                self.at(operand, operands::WORD | operands::WRITES);
            }
            0x0F => self.long(rest)?,
            _ => {
                let size = operands::of(opcode, *rest.first().unwrap_or(&0));
                if size == 0 && !matches!(opcode, 0x8E | 0xFF) {
                    return None;
                }
                let operand = self.operand(rest)?;
                self.at(operand, size);
                match (opcode, operand.register) {
                    // mov ss
                    (0x8E, 2) => return Some(operand.rest),
                    // call, push
                    (0xFF, 2 | 6) => self.push(1),
                    (0xFF, 3) => self.push(2),
                    _ => {}
                }
            }
        }
        None
    }

    /// Adds the accesses of an instruction whose opcode has two bytes.
    fn long(&mut self, code: &[u8]) -> Option<()> {
        let (&opcode, rest) = code.split_first()?;
        match opcode {
            // push and pop of FS and GS
            0xA0 | 0xA8 => self.push(1),
            0xA1 | 0xA9 => self.pop(1),
            _ => {
                let modrm = *rest.first().unwrap_or(&0);
                let size = operands::of_long(opcode, modrm);
                if size == 0 {
                    return None;
                }
                let mut operand = self.operand(rest)?;
                // bt, bts, btr, btc: the bit may be anywhere in memory.
                if matches!(opcode, 0xA3 | 0xAB | 0xB3 | 0xBB) {
                    let bit = self.get(operand.register).cast_signed();
                    let by = if self.prefixes.operand_size {
                        (bit << 16 >> 20) << 1
                    } else {
                        bit >> 5 << 2
                    };
                    operand.address = operand.address.map(|address| {
                        self.cut(address.wrapping_add_signed(by))
                    });
                }
                self.at(operand, size);
            }
        }
        Some(())
    }

    #[inline(never)]
    fn operand<'c>(&self, code: &'c [u8]) -> Option<ModRm<'c>> {
        ModRm::of(code, self.prefixes.address_size, &self.registers)
    }

    /// Adds the access to an operand, if that is in memory.
    #[inline(never)]
    fn at(&mut self, operand: ModRm<'_>, size: u8) {
        if let Some(address) = operand.address {
            let len = operands::len_bytes(size, self.word());
            self.add(address, len, size & operands::WRITES != 0);
        }
    }

    /// Adds one round of a string instruction.
    fn string(&mut self, opcode: u8) {
        if self.prefixes.repeat.is_some() && self.cut(self.get(ECX)) == 0 {
            return;
        }
        let len = self.element(opcode);
        // outs, movs, cmps, lods
        if matches!(opcode, 0x6E..=0x6F | 0xA4..=0xA7 | 0xAC..=0xAD) {
            self.add(self.cut(self.get(ESI)), len, false);
        }
        // ins, movs, cmps, stos, scas
        if !matches!(opcode, 0x6E..=0x6F | 0xAC..=0xAD) {
            let reads = matches!(opcode, 0xA6..=0xA7 | 0xAE..=0xAF);
            self.add(self.cut(self.get(EDI)), len, !reads);
        }
    }

    /// `enter` pushes EBP and, for a procedure that is nested in others, the
    /// frame pointers of those, which it reads, and its own.
    fn enter(&mut self, level: u8) {
        let level = level & 31;
        self.push(u32::from(level).saturating_add(1));
        let outer = u32::from(level.saturating_sub(1));
        let len = outer.wrapping_mul(self.word());
        self.add(self.get(EBP).wrapping_sub(len), len, false);
    }

    #[inline(never)]
    fn push(&mut self, words: u32) {
        let len = words.wrapping_mul(self.word());
        self.add(self.get(ESP).wrapping_sub(len), len, true);
    }

    #[inline(never)]
    fn pop(&mut self, words: u32) {
        let len = words.wrapping_mul(self.word());
        let esp = self.get(ESP);
        self.add(esp, len, false);
        if let Some(place) = self.registers.get_mut(ESP) {
            *place = esp.wrapping_add(len);
        }
    }

    #[inline(never)]
    fn add(&mut self, address: u32, len_bytes: u32, writes: bool) {
        let mut places = self.all.iter_mut();
        if len_bytes != 0
            && let Some(place) = places.find(|place| place.is_none())
        {
            *place = Some(Access { address, len_bytes, writes });
        }
    }

    fn get(&self, register: usize) -> u32 {
        self.registers.get(register).copied().unwrap_or(0)
    }

    /// Returns the part of an address, or of a count, that counts.
    const fn cut(&self, address: u32) -> u32 {
        if self.prefixes.address_size { address & 0xFFFF } else { address }
    }

    /// Returns the operand size.
    const fn word(&self) -> u32 {
        if self.prefixes.operand_size { 2 } else { 4 }
    }

    /// Returns the size of the operand of an opcode whose lowest bit is clear
    /// if that is a byte.
    const fn element(&self, opcode: u8) -> u32 {
        if opcode & 1 == 0 { 1 } else { self.word() }
    }
}

#[cfg(test)]
mod tests;
