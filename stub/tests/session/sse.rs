//! The SSE registers of each task, as packets have them.

use crate::kernel::Kernel;
use crate::queries::Bench;
use wire::i386::{SSE, SSE_FIRST};
use wire::query::{Query, Status};
use wire::sse::INITIAL;
use wire::x87;

/// The index of MXCSR.
const CONTROL: usize = SSE.len() - 1;

/// Returns a value for a register that all of its bits keep.
fn value(index: usize) -> String {
    match index {
        CONTROL => "805f0000".to_owned(),
        _ => format!("{index:02x}").repeat(16),
    }
}

/// Returns a reply without run lengths that are all it consists of.
fn description(kernel: &Kernel) -> String {
    let ask = "qXfer:features:read:target.xml:0,ffb";
    kernel.debugger.ask(ask)
}

#[test]
fn each_register_of_each_task_is_read_and_set_by_itself() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let all = gdb.ask("g");
    for task in [1, 3] {
        assert_eq!(gdb.ask(format!("Hg{task}")), "OK");
        for index in 0..SSE.len() {
            let number = SSE_FIRST + index;
            let new = value(index);
            assert_eq!(gdb.ask(format!("P{number:x}={new}")), "OK");
            assert_eq!(gdb.ask(format!("p{number:x}")), new);
            let image = kernel.machine.state().tasks[&task].sse;
            let there = image.with(index, |bytes| {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            });
            let there: String = there.expect("it is there");
            assert_eq!(there, new);
        }
    }
    assert_eq!(kernel.machine.state().tasks[&2].sse, INITIAL);
    assert_eq!(gdb.ask("Hg1"), "OK");
    assert_eq!(gdb.ask("g"), all, "gdb asks for them only when it shows them");
}

#[test]
fn what_is_refused_changes_nothing() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for (index, register) in SSE.iter().enumerate() {
        let number = SSE_FIRST + index;
        let digits = register.bits() as usize / 4;
        for wrong in [0, digits - 2, digits + 2] {
            let packet = format!("P{number:x}={}", "1".repeat(wrong));
            assert!(gdb.ask(&packet).starts_with('E'), "{packet}");
        }
    }
    kernel.machine.state().is_x87_fixed = true;
    for index in 0..SSE.len() {
        let packet = format!("P{:x}={}", SSE_FIRST + index, value(index));
        // Its value already, but for the first.
        let refused = gdb.ask(&packet).starts_with('E');
        let is_same = index == 0;
        assert_eq!(refused, !is_same, "{packet}");
    }
    assert_eq!(kernel.machine.state().tasks[&1].sse, INITIAL);
}

#[test]
fn without_them_nobody_hears_of_them() {
    let kernel = Kernel::attached();
    assert!(description(&kernel).contains("xmm7"));
    kernel.machine.state().has_sse = false;
    assert!(!description(&kernel).contains("xmm"));
    let gdb = &kernel.debugger;
    let first = format!("p{SSE_FIRST:x}");
    assert_eq!(gdb.ask(&first), "x".repeat(32));
    let set = format!("P{SSE_FIRST:x}={}", value(1));
    assert!(gdb.ask(&set).starts_with('E'));
    assert_eq!(kernel.machine.state().tasks[&1].sse, INITIAL);
}

#[test]
fn host_cli_is_told_those_of_any_task_or_that_there_are_none() {
    let mut bench = Bench::new();
    let machine = bench.machine.clone();
    let mut vectors = INITIAL;
    vectors.vectors[7][15] = 0x9A;
    machine.state().tasks.get_mut(&3).expect("task 3").sse = vectors;
    let mut ask = |task| {
        let reply = bench.ask(Query::FloatRegisters { task });
        (reply.head.status, reply.body)
    };
    let (status, body) = ask(Some(3));
    assert_eq!(status, Status::Answered);
    // Whether it is there, its length, and so on for both.
    let (first, sse) = body.split_at(2 + x87::IMAGE_BYTES);
    assert_eq!(first[..2], [1, x87::IMAGE_BYTES as u8]);
    assert_eq!(first[2..], x87::INITIAL.0);
    assert_eq!(sse[0], 1);
    assert!(sse.ends_with(&vectors.to_bytes()), "{sse:?}");
    machine.state().has_sse = false;
    machine.state().has_x87 = false;
    assert_eq!(ask(Some(3)), (Status::Answered, vec![0, 0]));
    assert_eq!(ask(Some(99)).0, Status::NoSuchTask);
}
