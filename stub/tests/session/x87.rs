//! The x87 registers of each task, as packets have them.

use crate::kernel::Kernel;
use wire::i386::{FLOAT, GENERAL, Kind};
use wire::x87::INITIAL;

/// How many digits of a `g` come before those of ST(0).
const GENERAL_DIGITS: usize = 8 * GENERAL.len();
/// How many digits of a `g` are ST(0) to ST(7).
const NUMBER_DIGITS: usize = 8 * 20;

/// Returns a value for a register that all of its bits keep.
fn value(index: usize) -> String {
    match FLOAT[index].kind {
        Kind::Float => format!("{index:02x}").repeat(10),
        _ => format!("{index:02x}010000"),
    }
}

#[test]
fn a_task_that_has_not_used_the_unit_has_it_as_fninit_leaves_it() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let all = gdb.ask("g");
    let (numbers, words) = all[GENERAL_DIGITS..].split_at(NUMBER_DIGITS);
    assert_eq!(numbers, "0".repeat(NUMBER_DIGITS));
    let words: Vec<_> =
        words.as_bytes().chunks(8).map(String::from_utf8_lossy).collect();
    assert_eq!(words[..3], ["7f030000", "00000000", "ffff0000"]);
    assert!(words[3..].iter().all(|word| word == "00000000"), "{words:?}");
}

#[test]
fn each_register_of_each_task_is_read_and_set_by_itself() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for task in [1, 3] {
        assert_eq!(gdb.ask(format!("Hg{task}")), "OK");
        for index in 0..FLOAT.len() {
            let number = GENERAL.len() + index;
            let new = value(index);
            assert_eq!(gdb.ask(format!("P{number:x}={new}")), "OK");
            assert_eq!(gdb.ask(format!("p{number:x}")), new);
            let image = kernel.machine.state().tasks[&task].x87;
            let there = image.get(index).expect("it is there");
            let there: String = there
                .bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(there, new);
        }
        let all: String = (0..FLOAT.len()).map(value).collect();
        assert_eq!(gdb.ask("g")[GENERAL_DIGITS..], all);
    }
    assert_eq!(kernel.machine.state().tasks[&2].x87, INITIAL);
}

#[test]
fn all_registers_are_set_at_once_or_none() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let before = gdb.ask("g");
    let x87: String = (0..FLOAT.len()).map(value).collect();
    let new = format!("11111111{}{x87}", &before[8..GENERAL_DIGITS]);
    kernel.machine.state().is_x87_fixed = true;
    assert!(gdb.ask(format!("G{new}")).starts_with('E'));
    assert_eq!(gdb.ask("g"), before);
    kernel.machine.state().is_x87_fixed = false;
    for wrong in [&new[..new.len() - 2], &format!("{new}00")] {
        assert!(gdb.ask(format!("G{wrong}")).starts_with('E'));
    }
    let unknown = format!("{}xx", &new[..new.len() - 2]);
    assert!(gdb.ask(format!("G{unknown}")).starts_with('E'));
    assert_eq!(gdb.ask("g"), before);
    assert_eq!(gdb.ask(format!("G{new}")), "OK");
    assert_eq!(gdb.ask("g"), new);
}

#[test]
fn a_value_of_another_length_is_refused() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for (index, register) in FLOAT.iter().enumerate() {
        let number = GENERAL.len() + index;
        let digits = register.bits() as usize / 4;
        for wrong in [0, digits - 2, digits + 2] {
            let packet = format!("P{number:x}={}", "0".repeat(wrong));
            assert!(gdb.ask(&packet).starts_with('E'), "{packet}");
        }
    }
    assert_eq!(kernel.machine.state().tasks[&1].x87, INITIAL);
}

#[test]
fn without_the_unit_only_what_gdb_insists_on_is_there() {
    let kernel = Kernel::attached();
    kernel.machine.state().has_x87 = false;
    let gdb = &kernel.debugger;
    let all = gdb.ask("g");
    let (numbers, words) = all[GENERAL_DIGITS..].split_at(NUMBER_DIGITS);
    assert_eq!(numbers, "x".repeat(NUMBER_DIGITS));
    assert_eq!(words, format!("xxxxxxxx00000000{}", "x".repeat(8 * 6)));
    assert_eq!(gdb.ask("p10"), "x".repeat(20));
    assert_eq!(gdb.ask("p19"), "00000000");
    assert!(gdb.ask(format!("P10={}", value(0))).starts_with('E'));
    assert_eq!(gdb.ask("P19=00000000"), "OK", "gdb puts it back after a call");
    assert!(gdb.ask("P19=01000000").starts_with('E'));
    assert_eq!(gdb.ask(format!("G{all}")), "OK", "it changes nothing");
    assert_eq!(kernel.machine.state().tasks[&1].x87, INITIAL);
}
