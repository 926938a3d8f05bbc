//! Compares the accesses with those that a disassembler knows.

use super::*;
use iced_x86::CpuidFeature::{
    CMOV, CX8, FPU, FPU287, FPU387, FXSR, INTEL186, INTEL286, INTEL386,
    INTEL486, INTEL8086, POPCNT, SSE, SSE2,
};
use iced_x86::{
    Decoder, DecoderOptions, Instruction, InstructionInfoFactory, Mnemonic,
    OpAccess, OpKind, Register,
};

extern crate std;
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

/// Each byte that is accessed, and whether it is written.
type Bytes = BTreeMap<u32, bool>;

fn add(bytes: &mut Bytes, address: u32, len: u32, writes: bool) {
    for at in 0..len {
        *bytes.entry(address.wrapping_add(at)).or_default() |= writes;
    }
}

/// Pseudo-random numbers: the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as u32
    }
}

/// Returns a register's value; segments begin at 0.
fn value(registers: &GeneralRegisters, register: Register) -> u32 {
    if !register.is_gpr() {
        return 0;
    }
    let full = registers[register.full_register32().number()];
    match register.size() {
        1 if register.number() < 4 => full & 0xFF,
        2 => full & 0xFFFF,
        _ => full,
    }
}

/// Returns what the disassembler knows; none if the instruction is one of
/// those that `accesses` does not know.
fn known(
    instruction: &Instruction,
    registers: &GeneralRegisters,
) -> Option<Bytes> {
    let is_known = |feature| {
        [INTEL8086, INTEL186, INTEL286, INTEL386, INTEL486].contains(feature)
            || [CMOV, CX8, FPU, FPU287, FPU387, FXSR].contains(feature)
            || *feature == POPCNT
    };
    let features = instruction.cpuid_features();
    let is_control = matches!(
        instruction.mnemonic(),
        Mnemonic::Ldmxcsr | Mnemonic::Stmxcsr | Mnemonic::Movnti
    );
    assert!(!is_control || features == [SSE] || features == [SSE2]);
    if !is_control && !features.iter().all(is_known) {
        return None;
    }
    let mut bytes = Bytes::new();
    // It does not say what a single round accesses, nor where a bit is.
    let count = match instruction.op_kinds().any(has_16_bits) {
        true => registers[ECX] & 0xFFFF,
        false => registers[ECX],
    };
    let repeats = instruction.has_rep_prefix() | instruction.has_repne_prefix();
    if instruction.is_string_instruction() && repeats && count == 0 {
        return Some(bytes);
    }
    let mut once = *instruction;
    once.set_has_rep_prefix(false);
    once.set_has_repne_prefix(false);
    let instruction = &once;
    let by = offset_of_bit(instruction, registers);
    let mut factory = InstructionInfoFactory::new();
    for memory in factory.info(instruction).used_memory() {
        let writes = match memory.access() {
            OpAccess::NoMemAccess | OpAccess::None => continue,
            OpAccess::Read | OpAccess::CondRead => false,
            _ => true,
        };
        let address = memory
            .virtual_address(0, |register, _, _| {
                Some(value(registers, register).into())
            })
            .expect("all registers are known") as u32;
        let address = match by {
            Some((by, true)) => address.wrapping_add(by) & 0xFFFF,
            Some((by, false)) => address.wrapping_add(by),
            None => address,
        };
        let len = memory.memory_size().size() as u32;
        add(&mut bytes, address, len, writes);
    }
    Some(bytes)
}

/// Returns whether the address of a string has 16 bits.
fn has_16_bits(kind: OpKind) -> bool {
    matches!(kind, OpKind::MemorySegSI | OpKind::MemoryESDI)
}

/// Returns how far from its operand `bt` and its like look for a bit whose
/// number is in a register, and whether addresses have 16 bits.
fn offset_of_bit(
    instruction: &Instruction,
    registers: &GeneralRegisters,
) -> Option<(u32, bool)> {
    use Mnemonic::{Bt, Btc, Btr, Bts};
    if ![Bt, Btc, Btr, Bts].contains(&instruction.mnemonic())
        || instruction.op_kind(0) != OpKind::Memory
        || instruction.op_kind(1) != OpKind::Register
    {
        return None;
    }
    let register = instruction.op1_register();
    let number = value(registers, register);
    let (number, bits) = match register.size() {
        2 => (i32::from(number as u16 as i16), 16),
        _ => (number as i32, 32),
    };
    let by = number.div_euclid(bits) * (bits / 8);
    let base = instruction.memory_base();
    let is_short = base.size() == 2
        || instruction.memory_index().size() == 2
        || base == Register::None && instruction.memory_displ_size() == 2;
    Some((by as u32, is_short))
}

/// Compares an instruction; returns the difference, if there is one.
fn difference(code: &[u8], registers: &GeneralRegisters) -> Option<String> {
    let mut decoder = Decoder::with_ip(32, code, 0, DecoderOptions::NONE);
    let instruction = decoder.decode();
    if instruction.is_invalid() {
        return None;
    }
    let expected = known(&instruction, registers)?;
    let mut found = Bytes::new();
    let code = &code[..instruction.len()];
    for access in accesses(code, registers).into_iter().flatten() {
        let Access { address, len_bytes, writes } = access;
        add(&mut found, address, len_bytes, writes);
    }
    (found != expected).then(|| {
        format!("{instruction:?}: {code:x?}: {found:x?}, not {expected:x?}")
    })
}

#[test]
fn every_opcode_accesses_what_a_disassembler_says() {
    let prefixes: [&[u8]; 11] = [
        &[],
        &[],
        &[0x66],
        &[0x67],
        &[0x66, 0x67],
        &[0xF2],
        &[0xF3],
        &[0x64],
        &[0x2E, 0x66],
        &[0xF3, 0x67],
        &[0x67, 0x36],
    ];
    let mut random = Random(0x5709_1E55_0000_0001);
    // The first difference of each opcode and extension.
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for opcode in 0..0x200_u32 {
        for modrm in 0..=0xFF_u8 {
            for _ in 0..2 {
                let prefix = prefixes[random.next() as usize % prefixes.len()];
                let mut code: Vec<u8> = prefix.to_vec();
                if opcode >= 0x100 {
                    code.push(0x0F);
                }
                code.extend([opcode as u8, modrm]);
                code.extend((0..9).map(|_| random.next() as u8));
                let mut registers = core::array::from_fn(|_| random.next());
                if random.next().is_multiple_of(4) {
                    registers[ECX] &= 0xFFFF_0000;
                }
                if random.next().is_multiple_of(4) {
                    registers[ECX] &= 0x0000_FFFF;
                }
                if let Some(text) = difference(&code, &registers) {
                    let key = format!("{:03x}/{}", opcode, modrm >> 3 & 7);
                    seen.entry(key).or_insert(text);
                }
            }
        }
    }
    assert!(seen.is_empty(), "{seen:#?}");
}

#[test]
fn the_instruction_after_a_load_of_ss_is_part_of_the_step() {
    let mut registers = GeneralRegisters::default();
    registers[ESP] = 0x1000;
    registers[ESI] = 0x2000;
    registers[EDI] = 0x3000;
    let access = |address, len_bytes, writes| {
        Some(Access { address, len_bytes, writes })
    };
    for (code, expected) in [
        // pop ss; push eax
        (
            &[0x17, 0x50][..],
            [access(0x1000, 4, false), access(0x1000, 4, true), None],
        ),
        // pop ss; movsb
        (
            &[0x17, 0xA4],
            [
                access(0x1000, 4, false),
                access(0x2000, 1, false),
                access(0x3000, 1, true),
            ],
        ),
        // mov ss, [esi]; lodsw
        (
            &[0x8E, 0x16, 0x66, 0xAD],
            [access(0x2000, 2, false), access(0x2000, 2, false), None],
        ),
        // mov ds, ebx; lodsb
        (&[0x8E, 0xDB, 0xAC], [None; 3]),
    ] {
        assert_eq!(accesses(code, &registers), expected, "{code:x?}");
        for len in 0..code.len() {
            // What cannot be read is not executed.
            accesses(&code[..len], &registers);
        }
    }
}

#[test]
fn enter_reads_and_writes_as_deep_as_it_is_nested() {
    let mut registers = GeneralRegisters::default();
    registers[ESP] = 0x1000;
    registers[EBP] = 0x2000;
    for (level, reads, writes) in [(0, 0, 1), (1, 0, 2), (4, 3, 5)] {
        let all = accesses(&[0xC8, 0x10, 0, level], &registers);
        let sum = |is: bool| {
            let some = all.iter().flatten().filter(|it| it.writes == is);
            some.map(|it| it.len_bytes / 4).sum::<u32>()
        };
        assert_eq!((sum(false), sum(true)), (reads, writes), "{level}");
        assert_eq!(all[0].map(|it| it.address), Some(0x1000 - 4 * writes));
    }
}
