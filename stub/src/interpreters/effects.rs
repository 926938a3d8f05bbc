//! What a step over an instruction must take care of: how it uses the flags
//! that the step changes, and whether it is one instruction at all.
//!
//! Spec: Intel SDM vol. 2, "Instruction Prefixes"; vol. 3A, "Masking
//! Exceptions and Interrupts When Switching Stacks".

use super::modrm::ModRm;
use super::prefixes::Prefixes;
use crate::embed::GeneralRegisters;

/// What a step over an instruction must take care of.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Effects {
    /// It pushes EFLAGS, with what the step has set there. This is the length
    /// of what is then executed: two instructions, if the step includes two.
    pub(crate) pushes_flags: Option<u32>,
    /// It loads EFLAGS.
    pub(crate) loads_flags: bool,
    /// It does so by `popf`. This is the length, as above.
    pub(crate) pops_flags: Option<u32>,
    /// It continues in the kernel.
    pub(crate) enters_kernel: bool,
    /// It repeats, so that one step may not complete it.
    pub(crate) repeats: bool,
}

/// Returns what a step over the instruction with which `code` begins must take
/// care of; none if `code` ends too early. If the instruction loads SS, the step
/// includes the next one.
pub(crate) fn effects(code: &[u8]) -> Option<Effects> {
    let mut effects = Effects::default();
    let mut rest = code;
    loop {
        let (prefixes, bare) = Prefixes::split(rest)?;
        let (&opcode, operands) = bare.split_first()?;
        let len = code.len().saturating_sub(operands.len()) as u32;
        let next = match opcode {
            // pushf
            0x9C => {
                effects.pushes_flags = Some(len);
                None
            }
            // popf, iret
            0x9D | 0xCF => {
                effects.loads_flags = true;
                effects.pops_flags = (opcode == 0x9D).then_some(len);
                None
            }
            // int3, int n, int1
            0xCC | 0xCD | 0xF1 => {
                effects.enters_kernel = true;
                None
            }
            // lss casts no shadow, except in QEMU.
            0x0F if operands.first() == Some(&0xB2) => {
                let rest = operands.get(1..).unwrap_or(&[]);
                after_operand(rest, prefixes.address_size)
            }
            // syscall, sysenter
            0x0F if matches!(operands, [0x05 | 0x34, ..]) => {
                effects.enters_kernel = true;
                None
            }
            // ins, outs, movs, cmps, stos, lods, scas
            0x6C..=0x6F | 0xA4..=0xA7 | 0xAA..=0xAF => {
                effects.repeats = prefixes.repeat.is_some();
                None
            }
            // pop ss; mov ss
            0x17 => Some(operands),
            0x8E => after_mov_ss(operands, prefixes.address_size),
            _ => None,
        };
        let Some(next) = next else { return Some(effects) };
        rest = next;
    }
}

/// Returns what follows the operand of `mov` to SS; none if it is to another
/// segment register.
fn after_mov_ss(operands: &[u8], has_16_bits: bool) -> Option<&[u8]> {
    const SS: u8 = 2;
    let is_ss = operands.first()? >> 3 & 7 == SS;
    if is_ss { after_operand(operands, has_16_bits) } else { None }
}

/// Returns what follows a ModR/M byte, its SIB byte and its displacement.
fn after_operand(operands: &[u8], has_16_bits: bool) -> Option<&[u8]> {
    // Its length is the same whatever the registers hold.
    let registers = GeneralRegisters::default();
    Some(ModRm::of(operands, has_16_bits, &registers)?.rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::vec::Vec;

    const NONE: Effects = Effects {
        pushes_flags: None,
        loads_flags: false,
        pops_flags: None,
        enters_kernel: false,
        repeats: false,
    };

    fn of(code: &[u8]) -> Effects {
        effects(code).expect("it is whole")
    }

    #[test]
    fn prefixes_do_not_hide_an_instruction() {
        let all = [0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF2, 0xF3];
        for (code, expected) in [
            (&[0xCF][..], Effects { loads_flags: true, ..NONE }),
            (&[0xCC], Effects { enters_kernel: true, ..NONE }),
            (&[0xCD, 0x80], Effects { enters_kernel: true, ..NONE }),
            (&[0x0F, 0x34], Effects { enters_kernel: true, ..NONE }),
            // An operand that looks like pushf.
            (&[0xB0, 0x9C], NONE),
            (&[0x90], NONE),
        ] {
            assert_eq!(effects(code), Some(expected), "{code:x?}");
            for prefix in all {
                for count in 1..=15 - code.len() {
                    let mut longer: Vec<u8> = Vec::new();
                    longer.resize(count, prefix);
                    longer.extend(code);
                    assert_eq!(effects(&longer), Some(expected), "{longer:x?}");
                }
            }
        }
        for len in 1..=15 {
            let mut code = [0x2E; 16];
            code[len - 1] = 0x9C;
            assert_eq!(of(&code).pushes_flags, Some(len as u32));
            code[len - 1] = 0x9D;
            assert_eq!(of(&code).pops_flags, Some(len as u32));
            assert!(of(&code).loads_flags);
        }
        assert_eq!(effects(&[]), None);
        assert_eq!(effects(&[0x66; 32]), None);
    }

    #[test]
    fn strings_repeat_with_a_prefix_wherever_it_is() {
        for code in
            [&[0xF3, 0xA4][..], &[0x66, 0xF3, 0xA5], &[0xF2, 0x2E, 0xAE]]
        {
            assert!(of(code).repeats, "{code:x?}");
        }
        assert!(!of(&[0xA4]).repeats);
        assert!(!of(&[0xF3, 0x90]).repeats);
    }

    #[test]
    fn the_instruction_after_a_load_of_ss_counts_too() {
        for load in [
            &[0x17][..],
            &[0x66, 0x17],
            &[0x8E, 0xD3],
            &[0x8E, 0x13],
            &[0x36, 0x8E, 0x14, 0x24],
            &[0x8E, 0x54, 0x24, 4],
            &[0x8E, 0x15, 1, 2, 3, 4],
            &[0x8E, 0x14, 0x25, 1, 2, 3, 4],
            &[0x8E, 0x93, 1, 2, 3, 4],
            &[0x67, 0x8E, 0x16, 1, 2],
            &[0x67, 0x8E, 0x97, 1, 2],
            &[0x0F, 0xB2, 0x24, 0x24],
        ] {
            let code = [load, &[0x2E, 0x9C]].concat();
            let len = code.len() as u32;
            assert_eq!(of(&code).pushes_flags, Some(len), "{code:x?}");
            let code = [load, &[0xCD, 0x80]].concat();
            assert!(of(&code).enters_kernel, "{code:x?}");
            assert_eq!(effects(load), None, "{load:x?}");
        }
        // mov ds, ebx; pop ds
        assert_eq!(of(&[0x8E, 0xDB, 0x9C]), NONE);
        assert_eq!(of(&[0x1F, 0x9C]), NONE);
    }
}
