//! A packet that is refused has had no effect, whatever it is refused for.

use crate::breakpoints::monitor;
use crate::conditions::running;
use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use fake_machine::{KERNEL, LONE, SHARED, STACK, STUB_CODE, State};
use layout::PAGE_BYTES;
use stub::embed::{HitAction, Resume, Stop};
use wire::i386::general::{CS, EIP, ESP};

const INT3: u8 = 0xCC;

/// A condition that is false, and one that is cut short.
const FALSE: &str = "X3,220027";
const CUT: &str = "X3,2200";

/// How many breakpoints there can be.
const MOST: u32 = 64;

fn snapshot(kernel: &Kernel) -> State {
    kernel.machine.state().clone()
}

/// Asserts that nothing in the machine has changed.
fn assert_unchanged(kernel: &Kernel, before: &State, why: &str) {
    let now = kernel.machine.state();
    assert!(now.memory == before.memory, "memory after {why}");
    assert_eq!(now.debug_registers, before.debug_registers, "after {why}");
    let tasks = |state: &State| format!("{:?}", state.tasks);
    assert_eq!(tasks(&now), tasks(before), "after {why}");
}

/// Asserts that each packet is refused, and changes nothing.
fn assert_refused<P: AsRef<str>>(
    kernel: &Kernel,
    packets: impl IntoIterator<Item = P>,
) {
    let before = snapshot(kernel);
    for packet in packets {
        let packet = packet.as_ref();
        let reply = kernel.debugger.ask(packet);
        assert!(reply.starts_with('E'), "{packet}: {reply}");
        assert_unchanged(kernel, &before, packet);
        kernel.expect_stopped();
    }
}

/// Returns every register as `G` has it, with other values than task 1 has.
fn other_values() -> String {
    "01020304".repeat(16) + &"0".repeat(2 * (8 * 10 + 8 * 4))
}

/// The packets that change something, in a session that [`busy`] prepares.
fn changing() -> Vec<String> {
    vec![
        format!("M{SHARED:x},3:a1a2a3"),
        format!("X{SHARED:x},3:abc"),
        "P0=01020304".to_owned(),
        "P8=01020304".to_owned(),
        format!("G{}", other_values()),
        format!("Z0,{:x},1;{FALSE}", SHARED + 8),
        format!("Z0,{SHARED:x},1;{FALSE}{FALSE}"),
        format!("Z0,{SHARED:x},1;cmds:0,{FALSE}"),
        format!("z0,{SHARED:x},1"),
        format!("Z1,{KERNEL:x},1"),
        format!("Z2,{:x},4", SHARED + 16),
        format!("Z4,{:x},2", SHARED + 16),
        format!("z2,{:x},4", SHARED + 32),
        "Hg2".to_owned(),
        "Hc1".to_owned(),
        "vCont;s:2;c".to_owned(),
        "vCont;c:1;c:2;c:3".to_owned(),
        "vCont;r1000,1010:1;c".to_owned(),
        "C0b".to_owned(),
        "S0b".to_owned(),
    ]
}

/// Returns a kernel with a breakpoint whose condition is false, a watchpoint,
/// and other threads selected than the one that runs.
fn busy() -> Kernel {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for packet in [
        format!("M{SHARED:x},1:90"),
        format!("Z0,{SHARED:x},1;{FALSE}"),
        format!("Z2,{:x},4", SHARED + 32),
        "Hg3".to_owned(),
        "Hc2".to_owned(),
    ] {
        assert_eq!(gdb.ask(&packet), "OK", "{packet}");
    }
    kernel
}

/// Asserts that everything that [`busy`] has set is still as it was.
fn assert_busy(kernel: &Kernel, why: &str) {
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask("p8"), "08000300", "the selected one after {why}");
    gdb.say("s");
    let step = Resume { step: Some(2), ..GO_ON };
    assert_eq!(kernel.resumed(), step, "after {why}");
    kernel.machine.state().current = 2;
    kernel.trap_at(0x1234, Stop::Step);
    gdb.hear();
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON, "after {why}");
    kernel.machine.state().current = 1;
    kernel.trap_at(SHARED + 1, Stop::Breakpoint);
    assert_eq!(kernel.hit_action(), HitAction::Continue, "after {why}");
    gdb.line.give(b"\x03");
    gdb.hear();
    for packet in
        [format!("z0,{SHARED:x},1"), format!("z2,{:x},4", SHARED + 32)]
    {
        assert_eq!(gdb.ask(packet), "OK", "after {why}");
    }
}

/// Returns `packet` with one character changed, left out, doubled or added,
/// wherever that is, or cut.
fn damaged(packet: &str) -> Vec<String> {
    let mut all = Vec::new();
    // What a long row of digits is damaged in does not matter.
    for at in (1..packet.len()).filter(|at| *at < 40 || at % 50 == 0) {
        let (head, tail) = packet.split_at(at);
        all.push(head.to_owned());
        all.push(format!("{head}{}", &tail[1..]));
        all.push(format!("{head}{}{tail}", &tail[..1]));
        for wrong in ["z", "x", ",", ";", ":", "=", "-"] {
            all.push(format!("{head}{wrong}{}", &tail[1..]));
            all.push(format!("{head}{wrong}{tail}"));
        }
    }
    let (head, last) = packet.split_at(packet.len() - 1);
    all.push(format!("{head}{last}{last}"));
    all.push(format!("{packet}0"));
    all.push(format!("{packet};"));
    all
}

#[test]
fn whatever_is_wrong_with_a_packet_it_is_done_whole_or_not_at_all() {
    let (mut refused, mut done) = (0, 0);
    for packet in changing() {
        let mut kernel = busy();
        let mut before = snapshot(&kernel);
        let mut last = None;
        for damaged in damaged(&packet) {
            match kernel.answer(&damaged) {
                Some(reply) if reply.is_empty() || reply.starts_with('E') => {
                    assert_unchanged(&kernel, &before, &damaged);
                    refused += 1;
                    last = Some(damaged);
                }
                // It still makes sense, or has become another packet.
                _ => {
                    done += 1;
                    kernel = busy();
                    before = snapshot(&kernel);
                    last = None;
                }
            }
        }
        if let Some(last) = last {
            assert_busy(&kernel, &last);
        }
    }
    assert!(refused > 3 * done && done > 50, "{refused} and {done}");
}

#[test]
fn registers_are_set_all_or_none() {
    let kernel = Kernel::attached();
    let all = other_values();
    for fixed in [0, ESP, EIP, CS, 15] {
        kernel.machine.state().fixed_register = Some(fixed);
        assert_refused(
            &kernel,
            [format!("G{all}"), format!("P{fixed:x}=01020304")],
        );
    }
    kernel.machine.state().fixed_register = None;
    let lengths = [0, 1, 7, 8, 127, 128, 129, all.len() - 2, all.len() - 1];
    assert_refused(&kernel, lengths.map(|len| format!("G{}", &all[..len])));
    assert_refused(&kernel, [format!("G{all}0"), format!("G{all}00")]);
    for len in (0..8).chain(9..12) {
        assert_refused(&kernel, [format!("P0={}", "1".repeat(len))]);
    }
    assert_eq!(kernel.debugger.ask(format!("G{all}")), "OK");
    assert!(kernel.debugger.ask("g").starts_with("0102030401020304"));
}

#[test]
fn memory_is_written_whole_or_not_at_all() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let second = KERNEL + PAGE_BYTES;
    let across = |page: u32| {
        let at = page - 4;
        [format!("M{at:x},8:0102030405060708"), format!("X{at:x},8:abcdefgh")]
    };
    // The second page is not mapped, read-only, or refuses.
    assert_refused(&kernel, across(LONE + PAGE_BYTES));
    kernel.machine.state().rom = Some((second / PAGE_BYTES) as usize);
    assert_refused(&kernel, across(second));
    // A breakpoint on either side makes no difference.
    assert_eq!(gdb.ask(format!("Z0,{:x},1", second - 3)), "OK");
    assert_refused(&kernel, across(second));
    assert_refused(&kernel, [format!("Z0,{second:x},1")]);
    kernel.machine.state().rom = None;
    assert_eq!(gdb.ask(format!("Z0,{:x},1", KERNEL + 8)), "OK");
    kernel.machine.state().protect(1, second);
    assert_refused(&kernel, across(second));
    for packet in across(second) {
        gdb.ask("Hg3");
        assert_eq!(gdb.ask(packet), "OK", "another directory");
    }
}

#[test]
fn a_refused_breakpoint_leaves_the_conditions_of_an_earlier_one() {
    let long = format!("cmds:0,X700,{}", "27".repeat(0x700));
    for packet in [
        format!("Z0,{SHARED:x},1;{CUT}"),
        format!("Z0,{SHARED:x},1;{FALSE};"),
        format!("Z0,{SHARED:x},1;{FALSE};cmds"),
        format!("Z0,{SHARED:x},1;{FALSE}{CUT}"),
        format!("Z0,{SHARED:x},1;{long}"),
        format!("Z0,{SHARED:x};{FALSE}"),
        format!("Z0,{SHARED:x},zz"),
        format!("z0,{SHARED:x}"),
        format!("z0,{SHARED:x},zz"),
    ] {
        let kernel = running(&[0x90], FALSE);
        let gdb = &kernel.debugger;
        gdb.line.give(b"\x03");
        gdb.hear();
        for at in [SHARED + 8, SHARED + 16] {
            let other = format!("Z0,{at:x},1;{long}");
            assert_eq!(gdb.ask(other), "OK", "there is no room for a third");
        }
        let reply = gdb.ask(&packet);
        if !reply.starts_with('E') && packet.ends_with("27;") {
            continue;
        }
        assert!(reply.starts_with('E'), "{packet}: {reply}");
        gdb.say("vCont;c");
        kernel.resumed();
        kernel.trap_at(SHARED + 1, Stop::Breakpoint);
        assert_eq!(kernel.hit_action(), HitAction::Continue, "{packet}");
    }
}

#[test]
fn a_refused_breakpoint_costs_no_other_its_place() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    // One is remembered for process 2; the others fill the table.
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(format!("Z0,{SHARED:x},1")), "OK");
    assert_eq!(gdb.ask(format!("z0,{SHARED:x},1")), "OK");
    gdb.ask("Hg1");
    for at in 1..MOST {
        assert_eq!(gdb.ask(format!("Z0,{:x},1", SHARED + 8 * at)), "OK");
    }
    let nowhere = LONE + PAGE_BYTES;
    assert_refused(
        &kernel,
        [
            format!("Z0,{nowhere:x},1"),
            format!("Z0,{STUB_CODE:x},1"),
            format!("Z0,{:x},1;{CUT}", SHARED + 4),
        ],
    );
    assert_eq!(gdb.ask(format!("Z0,{SHARED:x},1")), "OK");
    assert_eq!(kernel.machine.byte(3, SHARED), INT3, "as remembered");
    // Now there is no place left.
    assert_refused(
        &kernel,
        [format!("Z0,{:x},1", SHARED + 4), format!("Z0,{STACK:x},1;{FALSE}")],
    );
}

#[test]
fn a_breakpoint_that_cannot_be_bound_stays_bound_as_it_was() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for task in [1, 3] {
        gdb.ask(format!("Hg{task}"));
        let code = "90".repeat(16);
        assert_eq!(gdb.ask(format!("M{SHARED:x},10:{code}")), "OK");
    }
    gdb.ask("Hg1");
    for at in 0..MOST {
        assert_eq!(gdb.ask(format!("Z0,{:x},1", SHARED + 16 * at)), "OK");
    }
    let before = snapshot(&kernel);
    let said = monitor(&kernel, &format!("breakpoint {SHARED:#x} all"));
    assert!(!said.contains("now belongs"), "{said}");
    assert_unchanged(&kernel, &before, &said);
    assert_eq!(gdb.ask(format!("z0,{:x},1", SHARED + 16)), "OK");
    let said = monitor(&kernel, &format!("breakpoint {SHARED:#x} all"));
    assert!(said.contains("now belongs to 2"), "{said}");
    for task in [1, 3] {
        assert_eq!(kernel.machine.byte(task, SHARED), INT3);
    }
    // Only process 1 has that page.
    gdb.ask(format!("z0,{:x},1", SHARED + 32));
    assert_eq!(gdb.ask(format!("Z0,{LONE:x},1")), "OK");
    let before = snapshot(&kernel);
    for whose in ["process 2", "process 9"] {
        let said = monitor(&kernel, &format!("breakpoint {LONE:#x} {whose}"));
        assert!(!said.contains("now belongs"), "{said}");
        assert_unchanged(&kernel, &before, &said);
    }
}

#[test]
fn registers_of_the_processor_that_are_full_stay_as_they_are() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for at in [0, 8, 16] {
        assert_eq!(gdb.ask(format!("Z2,{:x},4", SHARED + at)), "OK");
    }
    // It takes two.
    assert_refused(
        &kernel,
        [
            format!("Z2,{:x},8", SHARED + 24),
            format!("Z2,{:x},0", SHARED + 24),
            format!("Z4,{SHARED:x},ffffffff"),
            format!("z2,{:x},2", SHARED + 16),
            format!("Z1,{STUB_CODE:x},1"),
        ],
    );
    assert_eq!(gdb.ask(format!("Z4,{:x},4", SHARED + 24)), "OK");
    assert_refused(&kernel, [format!("Z1,{KERNEL:x},1")]);
}

#[test]
fn actions_before_a_refused_one_are_not_taken() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().tasks.get_mut(&2).expect("a task").is_blocked = true;
    assert_refused(
        &kernel,
        [
            "vCont;s:1;s:2",
            "vCont;s:1;s:9",
            "vCont;c:1;s:9",
            "vCont;S0b:1;c:9",
            "vCont;s:2",
            "vCont;c:1;c:2",
            "vCont;s:1;c:zz",
            "Hg9",
            "Hc9",
        ],
    );
    kernel.machine.state().can_step = false;
    assert_refused(&kernel, ["vCont;s:1", "s", "vCont;s:1;c"]);
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    gdb.line.give(b"\x03");
    gdb.hear();
    assert!(gdb.ask(GDB).starts_with("PacketSize"));
}
