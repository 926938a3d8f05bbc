//! Arithmetic, moves, the stack and strings: each in the forms of its operands.

use super::case::{
    ADDRESS_SIZE, Case, EAX, ECX, EDX, ESP, OPERAND_SIZE, REPEAT, Ring,
    SEGMENT, Word,
};
use super::flags::DF;
use super::memory::DATA;

/// Immediate operands end in these bytes, which the operand-size prefix turns
/// into two `nop`s.
const NOPS: u32 = 0x9090_0000;

/// Pairs of operands that carry, overflow, or do not.
const OPERANDS: [(u32, u32); 6] = [
    (0, 0),
    (0x7FFF_FFFF, 1),
    (0x8000_0000, 0xFFFF_FFFF),
    (0x1234_5678, 0x9ABC_DEF0),
    (0xFFFF_FFFF, 0xFFFF_FFFF),
    (0x0000_800F, 0x0000_7FF1),
];

/// Returns the cases.
pub(super) fn cases() -> Vec<Case> {
    [arithmetic(), one_operand(), moves(), stack(), strings(), others()]
        .concat()
}

/// Returns operands in memory: ModR/M bytes with `register`, and what follows.
/// All of them are in `DATA`.
fn in_memory(register: u8) -> Vec<Vec<u8>> {
    let reg = register << 3;
    let word =
        |start: &[u8], value: u32| [start, &value.to_le_bytes()].concat();
    vec![
        vec![reg | 3],
        vec![0x40 | reg | 3, 4],
        vec![0x40 | reg | 5, 0xF8],
        word(&[0x80 | reg | 3], 8),
        word(&[reg | 5], DATA + 0x24),
        vec![reg | 4, 0x24],
        vec![0x40 | reg | 4, 0x24, 0xF4],
        vec![reg | 4, 0x8B],
        vec![0x40 | reg | 4, 0x4D, 4],
        word(&[reg | 4, 0xCD], DATA),
        // Across the pages.
        word(&[reg | 5], DATA + 0x3E),
    ]
}

fn arithmetic() -> Vec<Case> {
    let mut all = Vec::new();
    let prefixes = [&SEGMENT[..], &REPEAT, &[OPERAND_SIZE, ADDRESS_SIZE]];
    let prefixes = prefixes.concat();
    for operation in 0..8_u8 {
        let opcode = operation << 3;
        // Registers: ecx and edx, by both encodings; the accumulator.
        for (left, right) in OPERANDS {
            // adc and sbb add the carry.
            for carry in if matches!(operation, 2 | 3) { 0..2 } else { 0..1 } {
                let case = |code: &[u8]| {
                    let case = Case::new(code).flags(carry);
                    case.register(ECX, left).register(EDX, right)
                };
                all.push(case(&[opcode | 1, 0xD1]));
                all.push(case(&[opcode | 3, 0xCA]));
                all.push(case(&[opcode, 0xD1]));
                let [low, ..] = right.to_le_bytes();
                all.push(case(&[0x83, 0xC0 | opcode | 1, low]));
                let word = right.to_le_bytes();
                let code = [&[0x81, 0xC0 | opcode | 1][..], &word].concat();
                all.push(case(&code));
                let code = [&[opcode | 5][..], &word].concat();
                all.push(case(&code).register(EAX, left));
            }
        }
        let short = Case::new(&[opcode | 1, 0xD1]);
        all.extend(short.with_each(&prefixes));
        let word = (NOPS | 0x1234).to_le_bytes();
        let long = [&[opcode | 5][..], &word].concat();
        all.extend(Case::new(&long).with_each(&prefixes));
        for modrm in in_memory(2) {
            for low in if operation == 0 { 0..4 } else { 1..2 } {
                let code = [&[opcode | low][..], &modrm].concat();
                all.push(Case::new(&code));
            }
        }
        let modrm = &in_memory(2)[1];
        let loads = Case::new(&[&[opcode | 3][..], modrm].concat());
        all.extend(loads.with_each(&SEGMENT));
        all.push(loads.prefixed(&[OPERAND_SIZE]));
        let modrm = &in_memory(operation)[1];
        all.push(Case::new(&[&[0x83][..], modrm, &[5]].concat()));
    }
    // test
    for (left, right) in OPERANDS {
        let case = Case::new(&[0x85, 0xD1]).register(ECX, left);
        all.push(case.register(EDX, right));
    }
    for modrm in in_memory(2) {
        all.push(Case::new(&[&[0x85][..], &modrm].concat()));
    }
    all
}

fn one_operand() -> Vec<Case> {
    let mut all = Vec::new();
    for (value, _) in OPERANDS {
        // inc, dec, not, neg; shl, sar, rcr by CL; bswap; cwde; cdq
        for code in [
            &[0x41][..],
            &[0x49],
            &[0xF7, 0xD1],
            &[0xF7, 0xD9],
            &[0xD1, 0xE1],
            &[0xD1, 0xF9],
            &[0xD1, 0xD9],
            &[0x0F, 0xC9],
            &[0x98],
            &[0x99],
        ] {
            let case = Case::new(code).register(ECX, value);
            all.push(case.register(EAX, value));
        }
    }
    for modrm in in_memory(0) {
        all.push(Case::new(&[&[0xFF][..], &modrm].concat()));
        all.push(Case::new(&[&[0xFE][..], &modrm].concat()));
    }
    all
}

fn moves() -> Vec<Case> {
    let mut all = Vec::new();
    for register in 0..8 {
        let places = in_memory(register);
        // ESP is the most likely to be wrong.
        let is_tried = |at: usize| register == 4 || at % 8 == register as usize;
        let some = places.iter().enumerate().filter(|(at, _)| is_tried(*at));
        for (_, modrm) in some {
            // mov, lea, xchg (which is locked), movzx, movsx
            for opcode in [
                &[0x89][..],
                &[0x8B],
                &[0x8D],
                &[0x88],
                &[0x8A],
                &[0x87],
                &[0x0F, 0xB6],
                &[0x0F, 0xBF],
            ] {
                all.push(Case::new(&[opcode, modrm].concat()));
            }
        }
        for opcode in [0x89, 0x8B, 0x87] {
            all.push(Case::new(&[opcode, 0xC0 | register << 3 | 6]));
        }
        let word = (NOPS | 0x1234).to_le_bytes();
        let code = [&[0xB8 | register][..], &word].concat();
        all.extend(Case::new(&code).with_each(&[0x2E, 0xF2, 0xF3, 0x66]));
    }
    // mov between the accumulator and an address; mov of an immediate
    let at = (DATA + 0x24).to_le_bytes();
    for opcode in 0xA0..=0xA3 {
        let case = Case::new(&[&[opcode][..], &at].concat());
        all.extend(case.with_each(&[0x2E, 0x64, 0x66]));
    }
    let word = (NOPS | 0x1234).to_le_bytes();
    for modrm in in_memory(0) {
        all.push(Case::new(&[&[0xC7][..], &modrm, &word].concat()));
    }
    for code in [[0x0F, 0xC1], [0x0F, 0xAB], [0x0F, 0xB1]] {
        // For bts, a bit of the next word.
        let case = Case::new(&[&code[..], &in_memory(2)[1]].concat());
        let case = case.register(EDX, 37);
        all.push(case.clone());
        // With LOCK, which these allow.
        all.push(case.prefixed(&[super::case::LOCK]));
    }
    all
}

fn stack() -> Vec<Case> {
    let mut all = Vec::new();
    let prefixes = [&SEGMENT[..], &REPEAT, &[ADDRESS_SIZE]].concat();
    for register in 0..8 {
        all.extend(Case::new(&[0x50 | register]).with_each(&prefixes));
        all.extend(Case::new(&[0x58 | register]).with_each(&prefixes));
    }
    all.push(Case::new(&[0x66, 0x50]));
    all.push(Case::new(&[0x66, 0x58]));
    // Across the pages.
    for esp in [0x3E, 0x41, 0x42] {
        all.push(Case::new(&[0x50]).register(ESP, DATA + esp));
        all.push(Case::new(&[0x58]).register(ESP, DATA + esp));
    }
    let word = (NOPS | 0x1234).to_le_bytes();
    let push = Case::new(&[&[0x68][..], &word].concat());
    all.extend(push.with_each(&prefixes));
    all.push(push.prefixed(&[OPERAND_SIZE]));
    all.extend(Case::new(&[0x6A, 0x85]).with_each(&prefixes));
    for modrm in in_memory(6) {
        all.push(Case::new(&[&[0xFF][..], &modrm].concat()));
    }
    for modrm in in_memory(0) {
        all.push(Case::new(&[&[0x8F][..], &modrm].concat()));
    }
    // leave; enter 8, 0; push and pop of segments
    all.push(Case::new(&[0xC9]));
    all.push(Case::new(&[0xC8, 8, 0, 0]));
    for code in [&[0x06][..], &[0x0E], &[0x16], &[0x1E], &[0x0F, 0xA0]] {
        all.extend(Case::new(code).with_each(&[0x2E]));
    }
    for code in [&[0x07][..], &[0x1F], &[0x0F, 0xA1], &[0x0F, 0xA9]] {
        all.push(Case::new(code).stack(&[Word::Ss]));
    }
    all
}

fn strings() -> Vec<Case> {
    let mut all = Vec::new();
    for flags in [0, DF] {
        for count in [0, 1, 3] {
            // movs, cmps, stos, lods, scas
            for opcode in [0xA4, 0xA5, 0xA6, 0xA7, 0xAA, 0xAB, 0xAC, 0xAE, 0xAF]
            {
                let case = Case::new(&[opcode]).flags(flags);
                let case = case.register(ECX, count);
                all.extend(case.with_each(&REPEAT));
                all.push(case.prefixed(&[0x2E, 0xF3]));
                all.push(case.prefixed(&[0xF3, 0x2E]));
                all.push(case.prefixed(&[0x66, 0xF3]));
            }
        }
    }
    all
}

fn others() -> Vec<Case> {
    // mul, imul, setc, cmovc, bsf, daa, aam, str
    let codes: [&[u8]; 9] = [
        &[0xF7, 0xE1],
        &[0x0F, 0xAF, 0xCA],
        &[0x0F, 0x92, 0xC1],
        &[0x0F, 0x92, 0x43, 0x02],
        &[0x0F, 0x42, 0xCA],
        &[0x0F, 0xBC, 0xCA],
        &[0x27],
        &[0xD4, 0x0A],
        &[0x0F, 0x00, 0xC8],
    ];
    let all = codes.iter().flat_map(|code| Case::new(code).with_each(&[0x2E]));
    // fninit, fnstcw, fnstsw, fldz. In ring 0, the exception that lets the
    // task have the x87 pushes EFLAGS below the stack pointer.
    let x87: [&[u8]; 4] =
        [&[0xDB, 0xE3], &[0xD9, 0x7B, 0x02], &[0xDF, 0xE0], &[0xD9, 0xEE]];
    let x87 = x87.iter().map(|code| Case::new(code).only(Ring::Three));
    all.chain(x87).collect()
}
