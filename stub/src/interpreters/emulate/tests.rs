use super::*;
use crate::embed::GeneralRegisters;
use proptest::prelude::*;
use wire::i386::eflags::AF;
use wire::i386::general::{EBP, EBX, ECX, EDI, SS};

extern crate std;
use std::collections::BTreeMap;
use std::vec::Vec;

const START: u32 = 0x1000;

/// The words that are mapped; accesses to any other fault.
#[derive(Default)]
struct Words(BTreeMap<u32, u32>);

impl Memory for Words {
    fn load(&mut self, address: u32) -> Option<u32> {
        self.0.get(&address).copied()
    }

    fn store(&mut self, address: u32, value: u32) -> Option<()> {
        *self.0.get_mut(&address)? = value;
        Some(())
    }
}

/// Registers that hold 16 times their number, except for ESP = 0x2000.
fn before() -> GeneralRegisters {
    let mut registers: GeneralRegisters =
        core::array::from_fn(|index| index as u32 * 16);
    registers[ESP] = 0x2000;
    registers[EIP] = START;
    registers[EFLAGS] = 0x202 | TF;
    registers[CS] = 0x1B;
    registers[SS] = 0x23;
    registers
}

/// Registers by index, and their values.
type Changed = Vec<(usize, u32)>;

/// Runs an instruction on [`before`]: returns the registers that differ, and
/// the words of a stack that held 1, 2, 3 …
fn run(code: &[u8]) -> Option<(Changed, Vec<u32>)> {
    let addresses = (0x1FE0..0x2010).step_by(4);
    let mut words = Words(addresses.zip(1..).collect());
    let mut after = before();
    let mut registers = Registers::of(&mut after);
    emulate(code, &mut registers, &mut words)?;
    let told = registers.changed().collect::<BTreeMap<_, _>>();
    let pairs = after.into_iter().zip(before()).enumerate();
    let changed = pairs.filter(|(_, (after, before))| after != before);
    let changed: Changed =
        changed.map(|(index, (after, _))| (index, after)).collect();
    for (index, value) in &changed {
        assert_eq!(told.get(index), Some(value), "{code:x?}");
    }
    Some((changed, words.0.into_values().collect()))
}

fn emulate_on(
    registers: &mut GeneralRegisters,
    code: &[u8],
    words: &mut Words,
) -> Option<()> {
    emulate(code, &mut Registers::of(registers), words)
}

fn registers_after(code: &[u8]) -> Changed {
    let (registers, words) = run(code).expect("it is emulated");
    assert_eq!(words, (1..=12).collect::<Vec<_>>(), "memory is untouched");
    registers
}

#[test]
fn what_functions_begin_with_is_done_as_the_processor_does_it() {
    // push ebp; the words are those at 0x1FE0 to 0x200C.
    let (registers, words) = run(&[0x55]).expect("push");
    assert_eq!(registers, [(ESP, 0x1FFC), (EIP, START + 1)]);
    assert_eq!(words[7], 0x50);
    // push esp pushes the old value.
    assert_eq!(run(&[0x54]).expect("push").1[7], 0x2000);
    // pop ebx; pop esp
    assert_eq!(
        registers_after(&[0x5B]),
        [(EBX, 9), (ESP, 0x2004), (EIP, START + 1)]
    );
    assert_eq!(registers_after(&[0x5C]), [(ESP, 9), (EIP, START + 1)]);
    // mov ebp, esp, in both encodings; mov ecx, 0x12345678
    for code in [[0x89, 0xE5], [0x8B, 0xEC]] {
        let expected = [(EBP, 0x2000), (EIP, START + 2)];
        assert_eq!(registers_after(&code), expected);
    }
    assert_eq!(
        registers_after(&[0xB9, 0x78, 0x56, 0x34, 0x12]),
        [(ECX, 0x1234_5678), (EIP, START + 5)]
    );
    // sub esp, 0x20: PF is clear, as 0xE0 has three bits set; and with a 32-bit
    // immediate.
    let expected = [(ESP, 0x1FE0), (EIP, START + 3), (EFLAGS, 0x302)];
    assert_eq!(registers_after(&[0x83, 0xEC, 0x20])[..2], expected[..2]);
    assert_eq!(registers_after(&[0x81, 0xEC, 0x20, 0, 0, 0])[0], (ESP, 0x1FE0));
    // mov eax, [esp+4]; mov [esp-4], ecx
    assert_eq!(
        registers_after(&[0x8B, 0x44, 0x24, 0x04]),
        [(EAX, 10), (EIP, START + 4)]
    );
    let (_, words) = run(&[0x89, 0x4C, 0x24, 0xFC]).expect("mov");
    assert_eq!(words[7], 0x10);
    // push 0x10203040; push -1
    let (_, words) = run(&[0x68, 0x40, 0x30, 0x20, 0x10]).expect("push");
    assert_eq!(words[7], 0x1020_3040);
    assert_eq!(run(&[0x6A, 0xFF]).expect("push").1[7], u32::MAX);
    // nop, 66 nop, pause, nop dword ptr [eax+eax+0], endbr32
    for code in [
        &[0x90][..],
        &[0x66, 0x90],
        &[0xF3, 0x90],
        &[0x0F, 0x1F, 0x44, 0, 0],
        &[0xF3, 0x0F, 0x1E, 0xFB],
    ] {
        let expected = [(EIP, START + code.len() as u32)];
        assert_eq!(registers_after(code), expected);
    }
}

#[test]
fn addresses_are_computed_as_the_manual_tells() {
    // lea edi, with every form of address: eax is 0, ebx 48, ebp 80.
    for (code, expected) in [
        (&[0x8D, 0x3B][..], 48),
        (&[0x8D, 0x7B, 0xFF], 47),
        (&[0x8D, 0xBB, 0, 1, 0, 0], 304),
        (&[0x8D, 0x3D, 0x44, 0x33, 0x22, 0x11], 0x1122_3344),
        (&[0x8D, 0x3C, 0x24], 0x2000),
        (&[0x8D, 0x3C, 0x9B], 48 + 4 * 48),
        (&[0x8D, 0x3C, 0xDD, 8, 0, 0, 0], 8 * 48 + 8),
        (&[0x8D, 0x7C, 0x5D, 2], 80 + 2 * 48 + 2),
    ] {
        let eip = START + code.len() as u32;
        let expected = [(EDI, expected), (EIP, eip)];
        assert_eq!(registers_after(code), expected, "{code:x?}");
    }
}

#[test]
fn calls_returns_and_branches_go_where_they_should() {
    let (registers, words) = run(&[0xE8, 0xFB, 0xFF, 0xFF, 0xFF]).unwrap();
    assert_eq!(registers, [(ESP, 0x1FFC)], "to itself");
    assert_eq!(words[7], START + 5);
    assert_eq!(registers_after(&[0xC3]), [(ESP, 0x2004), (EIP, 9)]);
    assert_eq!(registers_after(&[0xEB, 0x10]), [(EIP, START + 0x12)]);
    let far = [0xE9, 0, 1, 0, 0];
    assert_eq!(registers_after(&far), [(EIP, START + 0x105)]);
    // je: ZF is clear; jne, also with its long form
    assert_eq!(registers_after(&[0x74, 0x10]), [(EIP, START + 2)]);
    assert_eq!(registers_after(&[0x75, 0x10]), [(EIP, START + 0x12)]);
    let long = [0x0F, 0x85, 0x10, 0, 0, 0];
    assert_eq!(registers_after(&long), [(EIP, START + 0x16)]);
}

#[test]
fn every_condition_of_a_branch_is_the_manuals() {
    for bits in 0..64_u32 {
        let bit = |n: u32| bits >> n & 1 != 0;
        let (c, p, z, s, o) = (bit(0), bit(1), bit(2), bit(3), bit(4));
        let mut flags = 2;
        for (is, flag) in [(c, CF), (p, PF), (z, ZF), (s, SF), (o, OF)] {
            flags |= if is { flag } else { 0 };
        }
        let holds = [o, c, z, c | z, s, p, s != o, z | (s != o)];
        for (number, holds) in (0..).zip(holds) {
            for (code, expected) in [(0, holds), (1, !holds)] {
                let mut registers = before();
                registers[EFLAGS] = flags;
                let code = [0x70 + 2 * number + code, 0x40];
                let words = &mut Words::default();
                emulate_on(&mut registers, &code, words).expect("a branch");
                let taken = registers[EIP] == START + 0x42;
                assert_eq!(taken, expected, "{code:x?} {flags:x}");
            }
        }
    }
}

#[test]
fn pushf_shows_the_program_nothing_of_the_debugger() {
    let (_, words) = run(&[0x9C]).expect("pushf");
    assert_eq!(words[7], 0x202);
}

/// The prefixes that change nothing about an instruction without operands.
const IGNORED: [u8; 9] = [0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x67, 0xF2, 0xF3];

#[test]
fn prefixes_that_change_nothing_are_skipped() {
    for prefix in IGNORED {
        for count in 1..15 {
            let mut code = [prefix; 16];
            code[count] = 0x9C;
            let (registers, words) = run(&code).expect("pushf");
            let eip = START + count as u32 + 1;
            assert_eq!(registers, [(ESP, 0x1FFC), (EIP, eip)], "{code:x?}");
            assert_eq!(words[7], 0x202, "{code:x?}");
        }
        // The processor faults at an instruction of 16 bytes.
        let mut code = [prefix; 16];
        code[15] = 0x9C;
        assert_eq!(run(&code), None);
        for (opcode, eflags) in [(0xFA, 0x102), (0xFB, 0x302), (0xF4, 0x302)] {
            let mut registers = before();
            registers[CS] = 8;
            let code = [prefix, opcode];
            emulate_on(&mut registers, &code, &mut Words::default())
                .expect("ring 0");
            assert_eq!(registers[EFLAGS], eflags, "{code:x?}");
            assert_eq!(registers[EIP], START + 2);
        }
    }
    // je with a hint
    assert_eq!(registers_after(&[0x3E, 0x75, 0x10]), [(EIP, START + 0x13)]);
    // Of 16 bits, or with LOCK, which faults.
    for code in [[0x66, 0x9C], [0xF0, 0x9C], [0xF0, 0x90], [0x66, 0x75]] {
        assert_eq!(run(&code), None, "{code:x?}");
    }
}

#[test]
fn a_load_of_ss_that_changes_nothing_is_done_at_once() {
    // mov ss, ebx; pop ss
    let mut registers = before();
    let mut words = Words([(0x2000, 0x1234_0023), (0x2004, 0x2B)].into());
    registers[EBX] = 0x23;
    emulate_on(&mut registers, &[0x8E, 0xD3], &mut words).expect("mov ss");
    emulate_on(&mut registers, &[0x17], &mut words).expect("pop ss");
    assert_eq!(registers[EIP], START + 3);
    assert_eq!(registers[ESP], 0x2004);
    // Another selector; another segment register.
    let left = emulate_on(&mut registers.clone(), &[0x17], &mut words);
    assert_eq!(left, None);
    let left = emulate_on(&mut registers, &[0x8E, 0xDB], &mut words);
    assert_eq!(left, None);
}

#[test]
fn hlt_is_not_left_waiting_for_what_sti_has_let_in() {
    let run = |eflags, code: &[u8]| {
        let mut registers = before();
        registers[CS] = 8;
        registers[EFLAGS] = eflags;
        emulate_on(&mut registers, code, &mut Words::default()).expect("sti");
        assert_eq!(registers[EFLAGS], 0x202);
        registers[EIP] - START
    };
    assert_eq!(run(2, &[0xFB, 0xF4]), 2);
    assert_eq!(run(2, &[0xFB, 0x90]), 1);
    // Interrupts were on already.
    assert_eq!(run(0x202, &[0xFB, 0xF4]), 1);
}

#[test]
fn the_next_instruction_s_breakpoint_is_not_ignored() {
    let mut registers = before();
    registers[EFLAGS] |= RF;
    emulate_on(&mut registers, &[0x90], &mut Words::default()).expect("nop");
    assert_eq!(registers[EFLAGS] & RF, 0);
}

#[test]
fn privileged_instructions_are_left_to_fault_in_ring_3() {
    let mut words = Words::default();
    for (opcode, eflags) in [(0xF4, 0x302), (0xFA, 0x102), (0xFB, 0x302)] {
        let mut registers = before();
        let left = emulate_on(&mut registers, &[opcode], &mut words);
        assert_eq!(left, None);
        registers[CS] = 8;
        emulate_on(&mut registers, &[opcode], &mut words).expect("ring 0");
        assert_eq!(registers[EFLAGS], eflags);
        assert_eq!(registers[EIP], START + 1);
    }
}

#[test]
fn what_would_fault_or_is_unknown_is_left_to_the_processor() {
    for code in [
        &[][..],
        // mov eax, [0]; mov [eax], ecx
        &[0xA1, 0, 0, 0, 0],
        &[0x8B, 0x00],
        &[0x89, 0x08],
        // add [eax], ecx; add byte ptr
        &[0x01, 0x08],
        &[0x00, 0xC0],
        // int3, int 0x80, iret, popf, rep movsb, lock
        &[0xCC],
        &[0xCD, 0x80],
        &[0xCF],
        &[0x9D],
        &[0xF3, 0xA4],
        &[0xF0, 0x01, 0xC0],
        // lea of a register; a prefix of segment or size; cut short
        &[0x8D, 0xC0],
        &[0x64, 0x8B, 0xC0],
        &[0x66, 0x8B, 0xC0],
        &[0xB8, 0, 0],
        &[0x8B, 0x84],
    ] {
        assert_eq!(run(code), None, "{code:x?}");
    }
    let mut registers = before();
    registers[ESP] = 0x1FE0;
    let mut words = Words([(0x1FE0, 1)].into());
    assert_eq!(emulate_on(&mut registers, &[0x55], &mut words), None);
}

proptest! {
    /// Compares with sums of twice the width.
    #[test]
    fn flags_say_what_wider_numbers_say(
        operation in 0..8_u8,
        left: u32,
        right: u32,
        carry: bool,
        near in 0..3_u32,
    ) {
        // Half of them are near carries and overflows.
        let right = if near == 0 { left.wrapping_sub(near) } else { right };
        let mut registers = before();
        registers[ECX] = left;
        registers[EFLAGS] = u32::from(carry);
        let code = [0x81, 0xC1 | operation << 3, 0, 0, 0, 0];
        let mut code = code;
        code[2..].copy_from_slice(&right.to_le_bytes());
        let words = &mut Words::default();
        emulate_on(&mut registers, &code, words).expect("it is known");
        let carry = i64::from(carry && matches!(operation, 2 | 3));
        let (l, r) = (i64::from(left), i64::from(right));
        let (sl, sr) = (
            i64::from(left.cast_signed()),
            i64::from(right.cast_signed()),
        );
        let (l4, r4) = (l & 15, r & 15);
        let (wide, signed, nibble) = match operation {
            0 | 2 => (l + r + carry, sl + sr + carry, l4 + r4 + carry),
            3 | 5 | 7 => (l - r - carry, sl - sr - carry, l4 - r4 - carry),
            1 => (l | r, sl | sr, 0),
            4 => (l & r, sl & sr, 0),
            _ => (l ^ r, sl ^ sr, 0),
        };
        let result = wide as u32;
        let after = if operation == 7 { left } else { result };
        prop_assert_eq!(registers[ECX], after);
        let flags = registers[EFLAGS];
        let is = |flag: u32| flags & flag != 0;
        prop_assert_eq!(is(CF), wide != i64::from(result));
        prop_assert_eq!(is(OF), signed != i64::from(result.cast_signed()));
        prop_assert_eq!(is(AF), !(0..16).contains(&nibble));
        prop_assert_eq!(is(ZF), result == 0);
        prop_assert_eq!(is(SF), result.cast_signed() < 0);
        prop_assert_eq!(is(PF), (result as u8).count_ones().is_multiple_of(2));
    }

    #[test]
    fn no_bytes_do_harm(code: [u8; 15], esp: u32) {
        let mut registers = before();
        registers[ESP] = esp;
        let mut words = Words((0..64).map(|word| (word * 4, word)).collect());
        // It is either emulated or left to the processor.
        let _ = emulate_on(&mut registers, &code, &mut words);
        prop_assert_eq!(registers[CS], 0x1B);
    }
}
