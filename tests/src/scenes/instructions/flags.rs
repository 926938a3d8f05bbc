//! What reads or loads flags, masks interrupts or delays traps, with prefixes.

use super::case::{
    ADDRESS_SIZE, Case, ECX, ESP, OPERAND_SIZE, REPEAT, Ring, SEGMENT, Word,
};
use super::memory::DATA;

const CF: u32 = 1 << 0;
const PF: u32 = 1 << 2;
const ZF: u32 = 1 << 6;
const SF: u32 = 1 << 7;
const IF: u32 = 1 << 9;
pub(super) const DF: u32 = 1 << 10;
const OF: u32 = 1 << 11;
const NT: u32 = 1 << 14;
const AC: u32 = 1 << 18;
const ID: u32 = 1 << 21;

/// Flags that programs may set as they like.
const SOME: [u32; 4] = [0, CF | ZF | DF, OF | AC | ID, NT | CF];

/// The prefixes that change nothing about an instruction without operands in
/// memory.
fn ignored() -> Vec<u8> {
    [&SEGMENT[..], &REPEAT, &[ADDRESS_SIZE]].concat()
}

/// Those, and the one that makes operands of 16 bits.
fn all_prefixes() -> Vec<u8> {
    [&ignored()[..], &[OPERAND_SIZE]].concat()
}

/// Returns the cases.
pub(super) fn cases() -> Vec<Case> {
    [pushes(), pops(), shadows(), interrupts(), transfers(), nothing()].concat()
}

fn pushes() -> Vec<Case> {
    let mut all = Vec::new();
    for flags in SOME {
        let case = Case::new(&[0x9C]).flags(flags);
        all.extend(case.with_each(&all_prefixes()));
    }
    all.extend(Case::new(&[0x9C]).with_pairs(&all_prefixes()));
    // Into two pages; the flags' second byte is in the first or in the second.
    for esp in 0x3D..0x46 {
        let case = Case::new(&[0x9C]).register(ESP, DATA + esp);
        all.extend(case.with_each(&[OPERAND_SIZE, 0x2E]));
    }
    // From one page into the next.
    for left in 1..4 {
        let mut case = Case::new(&[0x2E, 0x66, 0x9C]);
        case.left_in_page = Some(left);
        all.push(case);
    }
    // With interrupts, as far as the ring has a say.
    let case = Case::new(&[0x9C]).flags(IF).only(Ring::Zero);
    all.extend(case.with_each(&all_prefixes()));
    // lahf, sahf; pusha, which pushes no flags
    for code in [[0x9F], [0x9E], [0x60], [0x61]] {
        all.extend(Case::new(&code).flags(CF).with_each(&ignored()));
    }
    all
}

fn pops() -> Vec<Case> {
    let mut all = Vec::new();
    for flags in SOME.into_iter().chain([IF, IF | CF]) {
        for before in [0, IF] {
            // Below what it pops, so that an interrupt overwrites nothing.
            let case = Case::new(&[0x9D]).register(ESP, DATA).flags(before);
            let case = case.stack(&[Word::Is(flags | 2)]);
            all.extend(case.with_each(&all_prefixes()));
        }
        // iret to the same ring. With NT set before, it would switch tasks.
        let case = Case::new(&[0xCF]).register(ESP, DATA);
        let frame = [Word::Taken, Word::Cs, Word::Is(flags | 2)];
        all.extend(case.stack(&frame).with_each(&ignored()));
    }
    let case = Case::new(&[0x9D]).register(ESP, DATA);
    let case = case.stack(&[Word::Is(IF | CF)]);
    all.extend(case.with_most(&all_prefixes()));
    all
}

/// The instruction after a load of SS is executed before a trap. Here it is
/// one that would show the trap.
fn shadows() -> Vec<Case> {
    let mut all = Vec::new();
    for next in [&[0x9C][..], &[0x2E, 0x9C], &[0x66, 0x9C], &[0x40]] {
        for (begin, code) in [
            // pop ss
            (None, &[0x17][..]),
            (None, &[0x66, 0x17]),
            // mov ss, [esp]; mov ss, [DATA + 0x40]
            (None, &[0x8E, 0x14, 0x24]),
            (None, &[0x36, 0x8E, 0x14, 0x24]),
            // mov ecx, ss; mov ss, ecx
            (Some([0x8C, 0xD1]), &[0x8E, 0xD1]),
            (Some([0x8C, 0xD1]), &[0x66, 0x8E, 0xD1]),
            // lss esp, [esp]: casts no shadow
            (None, &[0x0F, 0xB2, 0x24, 0x24]),
        ] {
            let mut case = Case::new(&[code, next].concat());
            case = if code.starts_with(&[0x0F]) {
                case.stack(&[Word::Is(DATA + 0x38), Word::Ss])
            } else {
                case.stack(&[Word::Ss])
            };
            if let Some(begin) = begin {
                case = case.prefixed(&begin);
            }
            all.push(case);
        }
    }
    all
}

fn interrupts() -> Vec<Case> {
    let mut all = Vec::new();
    for flags in [0, IF] {
        // cli, sti
        for opcode in [0xFA, 0xFB] {
            let case = Case::new(&[opcode]).register(ESP, DATA).flags(flags);
            let prefixes = all_prefixes();
            all.extend(case.only(Ring::Zero).with_each(&prefixes));
        }
    }
    all
}

fn transfers() -> Vec<Case> {
    // To `taken`, two bytes after the instruction.
    let hints = [0x2E, 0x3E, 0xF2];
    let mut all = Vec::new();
    for flags in [CF, SF | ZF, OF | PF] {
        for condition in 0..16 {
            let short = Case::new(&[0x70 | condition, 2]).flags(flags);
            let long = [0x0F, 0x80 | condition, 2, 0, 0, 0];
            let long = Case::new(&long).flags(flags);
            if flags == CF {
                all.extend(short.with_each(&hints));
                all.extend(long.with_each(&hints));
            } else {
                all.extend([short, long]);
            }
        }
    }
    for count in [0, 1, 3] {
        // loopne, loope, loop, jecxz; with the prefix they use CX.
        for opcode in 0xE0..=0xE3 {
            let case = Case::new(&[opcode, 2]).register(ECX, count);
            all.extend(case.with_each(&[ADDRESS_SIZE, 0x2E]));
        }
    }
    // jmp; call
    all.extend(Case::new(&[0xEB, 2]).with_each(&ignored()));
    all.extend(Case::new(&[0xE9, 2, 0, 0, 0]).with_each(&ignored()));
    all.extend(Case::new(&[0xE8, 2, 0, 0, 0]).with_each(&ignored()));
    // ret; ret 4; jmp, call, call far through [esp]; retf
    for code in [
        &[0xC3][..],
        &[0xC2, 4, 0],
        &[0xFF, 0x24, 0x24],
        &[0xFF, 0x14, 0x24],
        &[0xFF, 0x1C, 0x24],
        &[0xFF, 0x2C, 0x24],
        &[0xCB],
        &[0xCA, 4, 0],
    ] {
        let case = Case::new(code).stack(&[Word::Taken, Word::Cs]);
        all.extend(case.with_each(&[0x3E, 0x36, 0xF2]));
    }
    // into, without overflow
    all.extend(Case::new(&[0xCE]).with_each(&ignored()));
    all
}

fn nothing() -> Vec<Case> {
    let mut all = Case::new(&[0x90]).with_most(&all_prefixes());
    for code in [
        &[0x0F, 0x1F, 0xC0][..],
        &[0x0F, 0x1F, 0x00],
        &[0x0F, 0x1F, 0x44, 0, 0],
        &[0x66, 0x2E, 0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0],
        &[0xF3, 0x0F, 0x1E, 0xFB],
        // cmc, clc, stc, cld, std
        &[0xF5],
        &[0xF8],
        &[0xF9],
        &[0xFC],
        &[0xFD],
    ] {
        all.extend(Case::new(code).with_each(&[0x2E, 0x3E]));
    }
    all
}
