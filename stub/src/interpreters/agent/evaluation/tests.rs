use super::*;
use proptest::prelude::*;

extern crate std;
use std::boxed::Box;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

/// Registers that hold their own number, and 256 bytes of memory at 0x1000.
#[derive(Default)]
struct World {
    said: Vec<u8>,
}

const MEMORY: u32 = 0x1000;
const CONST16: u8 = op::CONST8 + 1;
const TEXT: &[u8] = b"a string\0";

impl Context for World {
    fn register(&mut self, number: u16) -> Option<u64> {
        (number < 100).then_some(number.into())
    }

    fn read(&mut self, address: u32, into: &mut [u8]) -> bool {
        // Not from the address, which may be the last one.
        let Some(start) = address.checked_sub(MEMORY) else { return false };
        for (offset, byte) in (start..).zip(into) {
            if offset >= 256 {
                return false;
            }
            let text = TEXT.get(offset as usize).copied();
            *byte = text.unwrap_or(offset as u8);
        }
        true
    }

    fn print(&mut self, byte: u8) {
        self.said.push(byte);
    }
}

fn value(code: &[u8]) -> Result<Option<u64>, Failure> {
    evaluate(code, &mut Stack::new(), &mut World::default())
}

fn constant(value: u64) -> Vec<u8> {
    [&[op::CONST64][..], &value.to_be_bytes()].concat()
}

/// Returns what `printf` prints.
fn said(format: &str, arguments: &[u64]) -> String {
    let mut code = Vec::new();
    for argument in arguments.iter().rev() {
        code.extend(constant(*argument));
    }
    code.extend([op::CONST8, 0, op::CONST8, 0]);
    code.extend([op::PRINTF, arguments.len() as u8]);
    code.extend((format.len() as u16 + 1).to_be_bytes());
    code.extend(format.as_bytes());
    code.extend([0, op::END]);
    let mut world = World::default();
    let value = evaluate(&code, &mut Stack::new(), &mut world);
    assert_eq!(value, Ok(None), "{format}");
    String::from_utf8(world.said).expect("text")
}

#[test]
fn what_gdb_sends_has_the_value_that_gdb_means() {
    // `i == 50000 && k == 2` with both in memory, as gdb 13 compiles it.
    let code = [
        0x23, 0x10, 0x20, 0x19, 0x16, 0x20, 0x24, 0x23, 0x22, 0x21, 0x20, 0x13,
        0x20, 0, 0x14, 0x22, 0, 0x21, 0, 0x16, 0x22, 1, 0x27,
    ];
    assert_eq!(value(&code), Ok(Some(1)));
    assert_eq!(value(&[op::REG, 0, 8, op::END]), Ok(Some(8)));
    assert_eq!(value(&[op::END]), Ok(None));
    let read = [CONST16, 0x10, 0x10, op::REF64, op::END];
    assert_eq!(value(&read), Ok(Some(0x1716_1514_1312_1110)));
}

#[test]
fn stack_operations_move_what_the_manual_says() {
    let three = [op::CONST8, 1, op::CONST8, 2, op::CONST8, 3];
    let top_two = |operation: &[u8]| {
        let base = [&three[..], operation].concat();
        let below = [&base[..], &[op::POP, op::END]].concat();
        let top = [&base[..], &[op::END]].concat();
        (value(&top).unwrap().unwrap(), value(&below).unwrap().unwrap())
    };
    assert_eq!(top_two(&[op::DUP]), (3, 3));
    assert_eq!(top_two(&[op::SWAP]), (2, 3));
    assert_eq!(top_two(&[op::ROT]), (2, 1));
    assert_eq!(top_two(&[op::PICK, 2]), (1, 3));
    assert_eq!(top_two(&[op::POP]), (2, 1));
}

#[test]
fn bits_are_extended_as_asked() {
    for (bits, input, signed, unsigned) in [
        (8, 0x1FF, u64::MAX, 0xFF),
        (32, 0x8000_0000, 0xFFFF_FFFF_8000_0000, 0x8000_0000),
        (1, 1, u64::MAX, 1),
        (64, 1 << 63, 1 << 63, 1 << 63),
        (0, 7, 0, 0),
        (200, 7, 7, 7),
    ] {
        assert_eq!(extended(input, bits, true), signed, "{bits}");
        assert_eq!(extended(input, bits, false), unsigned, "{bits}");
    }
}

#[test]
fn what_cannot_be_done_is_an_error() {
    let zero = [op::CONST8, 0];
    for operation in op::DIV_SIGNED..=op::REM_UNSIGNED {
        let code = [&zero[..], &zero, &[operation, op::END]].concat();
        assert_eq!(value(&code), Err(Failure::Division));
    }
    let endless = [op::GOTO, 0, 0];
    assert_eq!(value(&endless), Err(Failure::Fuel));
    assert_eq!(value(&[op::GOTO, 0xFF, 0xFF]), Err(Failure::Malformed));
    assert_eq!(value(&[op::ADD, op::END]), Err(Failure::Stack));
    assert_eq!(value(&[op::CONST8, 1].repeat(33)), Err(Failure::Stack));
    assert_eq!(value(&[op::REG, 1, 0, op::END]), Err(Failure::Register));
    let lost = [op::CONST8, 0, op::REF8, op::END];
    assert_eq!(value(&lost), Err(Failure::Memory));
    assert_eq!(value(&[]), Err(Failure::Malformed));
    assert_eq!(value(&[op::CONST64, 1]), Err(Failure::Malformed));
    assert_eq!(value(&[0x31]), Err(Failure::Malformed));
    for tracing in [0x01, op::TRACE, op::GETV, op::TRACE16, op::D_TO_L] {
        assert_eq!(value(&[tracing]), Err(Failure::Unsupported));
    }
    let lowest = constant(1 << 63);
    let minus_one = constant(u64::MAX);
    let code = [&lowest[..], &minus_one, &[op::DIV_SIGNED, op::END]].concat();
    assert_eq!(value(&code), Ok(Some(1 << 63)), "as it wraps around");
}

#[test]
fn printf_prints_as_c_does() {
    let minus = u64::MAX;
    let text = u64::from(MEMORY);
    for (format, arguments, expected) in [
        (r"plain\n", &[][..], "plain\n"),
        ("%d %i %u", &[minus, 7, minus], "-1 7 4294967295"),
        ("%x %X %#x %o %#o", &[0xAB, 0xAB, 0xAB, 8, 8], "ab AB 0xab 10 010"),
        ("%p|%12p", &[0x1000, 0x1000], "0x1000|      0x1000"),
        ("%5d|%-5d|%05d|%+d", &[42, 42, minus, 42], "   42|42   |-0001|+42"),
        ("%.4d|%8.4x|% d", &[42, 0xAB, 42], "0042|    00ab| 42"),
        ("%ld %lu %lx", &[minus, minus, 1 << 32], "-1 4294967295 0"),
        ("%lld %llx", &[minus, 1 << 32], "-1 100000000"),
        ("%hd %hhd %hhu", &[0x18000, 0x1FF, 0x1FF], "-32768 -1 255"),
        ("%c%c|%3c", &[65, 0x142, 67], "AB|  C"),
        (
            "%s|%10s|%-10s|%.3s",
            &[text; 4],
            "a string|  a string|a string  |a s",
        ),
        ("%s", &[0], "<no memory>"),
        (r#"100%% \"\\\" \101\t"#, &[], "100% \"\\\" A\t"),
        ("%zu %d", &[3, 0], "3 0"),
        ("%llo", &[minus], "1777777777777777777777"),
    ] {
        assert_eq!(said(format, arguments), expected, "{format}");
    }
}

#[test]
fn a_format_without_its_end_or_arguments_is_refused() {
    let printf = |format: &[u8]| {
        let mut code = vec![op::CONST8, 0, op::CONST8, 0, op::PRINTF, 0, 0];
        code.push(format.len() as u8);
        code.extend(format);
        code.push(op::END);
        value(&code)
    };
    assert_eq!(printf(b"text\0"), Ok(None));
    assert_eq!(printf(b"text"), Err(Failure::Malformed));
    assert_eq!(printf(b"%d\0"), Err(Failure::Malformed));
    assert_eq!(printf(b"%\0"), Err(Failure::Malformed));
    let greedy = [op::CONST8, 0, op::CONST8, 0, op::PRINTF, 200, 0, 1, 0];
    assert_eq!(value(&greedy), Err(Failure::Stack));
}

/// An expression as a person would write it.
#[derive(Clone, Debug)]
enum Tree {
    Constant(u64),
    Register(u8),
    Byte(u8),
    Not(Box<Tree>),
    Binary(u8, Box<(Tree, Tree)>),
    Choice(Box<(Tree, Tree, Tree)>),
}

impl Tree {
    fn any() -> impl Strategy<Value = Self> {
        let leaf = prop_oneof![
            any::<u64>().prop_map(Self::Constant),
            (0..5_u64).prop_map(Self::Constant),
            (0..100_u8).prop_map(Self::Register),
            any::<u8>().prop_map(Self::Byte),
        ];
        leaf.prop_recursive(6, 40, 3, |inner| {
            let operations = vec![
                op::ADD,
                op::SUB,
                op::MUL,
                op::BIT_AND,
                op::BIT_OR,
                op::BIT_XOR,
                op::EQUAL,
                op::LESS_SIGNED,
                op::LESS_UNSIGNED,
                op::DIV_UNSIGNED,
            ];
            let both = (inner.clone(), inner.clone());
            prop_oneof![
                inner.clone().prop_map(|tree| Self::Not(tree.into())),
                (proptest::sample::select(operations), both)
                    .prop_map(|(op, both)| Self::Binary(op, both.into())),
                (inner.clone(), inner.clone(), inner)
                    .prop_map(|three| Self::Choice(three.into())),
            ]
        })
    }

    fn compile(&self, code: &mut Vec<u8>) {
        match self {
            Self::Constant(value) => code.extend(constant(*value)),
            Self::Register(number) => code.extend([op::REG, 0, *number]),
            Self::Byte(offset) => {
                code.extend([CONST16, 0x10, *offset, op::REF8]);
            }
            Self::Not(inner) => {
                inner.compile(code);
                code.push(op::LOG_NOT);
            }
            Self::Binary(operation, both) => {
                both.0.compile(code);
                both.1.compile(code);
                code.push(*operation);
            }
            Self::Choice(three) => {
                three.0.compile(code);
                let branch = jump(code, op::IF_GOTO);
                three.2.compile(code);
                let end = jump(code, op::GOTO);
                land(code, branch);
                three.1.compile(code);
                land(code, end);
            }
        }
    }

    fn value(&self) -> Result<u64, Failure> {
        Ok(match self {
            Self::Constant(value) => *value,
            Self::Register(number) => (*number).into(),
            Self::Byte(offset) => {
                let text = TEXT.get(usize::from(*offset)).copied();
                text.unwrap_or(*offset).into()
            }
            Self::Not(inner) => u64::from(inner.value()? == 0),
            Self::Binary(operation, both) => {
                let (a, b) = (both.0.value()?, both.1.value()?);
                match *operation {
                    op::ADD => a.wrapping_add(b),
                    op::SUB => a.wrapping_sub(b),
                    op::MUL => a.wrapping_mul(b),
                    op::BIT_AND => a & b,
                    op::BIT_OR => a | b,
                    op::BIT_XOR => a ^ b,
                    op::EQUAL => u64::from(a == b),
                    op::LESS_SIGNED => u64::from((a as i64) < b as i64),
                    op::LESS_UNSIGNED => u64::from(a < b),
                    _ => a.checked_div(b).ok_or(Failure::Division)?,
                }
            }
            Self::Choice(three) if three.0.value()? != 0 => three.1.value()?,
            Self::Choice(three) => three.2.value()?,
        })
    }
}

fn jump(code: &mut Vec<u8>, operation: u8) -> usize {
    code.extend([operation, 0, 0]);
    code.len() - 2
}

fn land(code: &mut [u8], at: usize) {
    let here = code.len() as u16;
    code[at..at + 2].copy_from_slice(&here.to_be_bytes());
}

proptest! {
    #[test]
    fn an_expression_has_the_value_of_its_tree(tree in Tree::any()) {
        let mut code = Vec::new();
        tree.compile(&mut code);
        code.push(op::END);
        prop_assert_eq!(value(&code), tree.value().map(Some));
    }

    #[test]
    fn any_bytes_come_to_an_end(code in hostile()) {
        let mut world = World::default();
        // Any result is fine, whether a value or an error.
        let _ = evaluate(&code, &mut Stack::new(), &mut world);
        prop_assert!(world.said.len() < 40_000, "{}", world.said.len());
    }
}

/// Bytes that are often operations, so that evaluation goes on for a while.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => 0x02..0x35_u8,
        1 => any::<u8>(),
        2 => proptest::sample::select(vec![op::CONST8, op::DUP, op::REG]),
        1 => Just(0),
        1 => proptest::sample::select(vec![b'%', b's', b'd', b'*', b'9']),
    ];
    proptest::collection::vec(byte, 0..200)
}

#[test]
fn failures_are_sentences() {
    assert_eq!(Failure::Memory.to_string(), "no memory there");
}
