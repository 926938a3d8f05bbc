//! Steps, signals, and what gdb is told of a stop.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use fake_machine::SHARED;
use layout::VirtAddr;
use stub::embed::{Resume, Stop};

fn step(task: u32) -> Resume {
    Resume { step: Some(task), ..GO_ON }
}

#[test]
fn a_step_steps_its_task_and_nothing_after_it() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for packet in ["vCont;s:p1.1;c:p1.-1", "vCont;s:p1.1", "s"] {
        gdb.say(packet);
        assert_eq!(kernel.resumed(), step(1), "{packet}");
        assert!(kernel.machine.state().tasks[&1].steps);
        kernel.trap_at(0x1234, Stop::Step);
        let stop = gdb.hear();
        assert!(stop.starts_with("T05thread:1;"), "{stop}");
        assert!(!kernel.machine.state().tasks[&1].steps);
    }
    gdb.ask("Hc2");
    gdb.say("s");
    assert_eq!(kernel.resumed(), step(2));
}

#[test]
fn a_step_that_ends_otherwise_is_over_as_well() {
    let kernel = Kernel::attached();
    kernel.debugger.say("vCont;s:p1.1");
    kernel.resumed();
    kernel.trap(Stop::Panic);
    assert!(kernel.debugger.hear().starts_with("T06"));
    assert!(!kernel.machine.state().tasks[&1].steps);
}

#[test]
fn a_step_that_cannot_be_is_an_error() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().can_step = false;
    assert!(gdb.ask("vCont;s:p1.1").starts_with('E'));
    assert!(gdb.ask("vCont;s:p1.9").starts_with('E'));
    assert!(gdb.ask("vCont;s:p1.1;s:p1.2").starts_with('E'));
    kernel.expect_stopped();
    assert!(gdb.ask("g").starts_with("00000100"));
}

#[test]
fn steps_inside_a_range_are_not_told() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;r1000,1010:p1.1;c");
    assert_eq!(kernel.resumed(), step(1));
    for eip in [0x1002, 0x1000, 0x100F] {
        kernel.trap_at(eip, Stop::Step);
        assert_eq!(kernel.resumed(), step(1));
        gdb.expect_silence();
    }
    kernel.trap_at(0x1010, Stop::Step);
    assert!(gdb.hear().starts_with("T05"));
    assert!(!kernel.machine.state().tasks[&1].steps);
}

#[test]
fn a_range_can_be_interrupted() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;r1000,1010:p1.1;c");
    kernel.resumed();
    gdb.line.state().receive_interrupts = false;
    gdb.line.give(b"\x03");
    kernel.trap_at(0x1000, Stop::Step);
    assert!(gdb.hear().starts_with("T05"));
}

#[test]
fn a_fault_is_delivered_if_the_resume_has_a_signal() {
    let fault = |vector| Stop::Fault { vector, code: 4, address: VirtAddr(0) };
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c");
    kernel.resumed();
    for (vector, signal) in [
        (14, "T0b"),
        (13, "T0b"),
        (0, "T08"),
        (6, "T04"),
        (17, "T0a"),
        (8, "T06"),
    ] {
        kernel.trap(fault(vector));
        let stop = gdb.hear();
        assert!(stop.starts_with(signal), "{vector}: {stop}");
        gdb.say("vCont;c:p1.-1");
        assert_eq!(kernel.resumed(), GO_ON);
    }
    let deliver = Resume { deliver_fault: true, ..GO_ON };
    for packet in ["vCont;C0b:p1.1;c:p1.-1", "C0b"] {
        kernel.trap(fault(14));
        gdb.hear();
        gdb.say(packet);
        assert_eq!(kernel.resumed(), deliver, "{packet}");
    }
    // There is nothing to deliver after any other stop.
    kernel.trap(Stop::Interrupt);
    gdb.hear();
    gdb.say("C02");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn to_hold_some_of_the_other_tasks_back_is_refused() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert!(gdb.ask("vCont;c:p1.2;c:p1.3").starts_with('E'));
    assert!(gdb.ask("vCont;t").starts_with('E'));
    assert!(gdb.ask("vCont;").starts_with('E'));
    kernel.expect_stopped();
    // Every task by name is no holding back.
    gdb.say("vCont;c:1;c:2;c:3");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn a_task_can_continue_alone() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c:p1.2");
    assert_eq!(kernel.resumed(), Resume { only: Some(2), ..GO_ON });
    kernel.trap(Stop::Interrupt);
    gdb.hear();
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn whoever_interrupts_a_task_that_was_let_go_alone_gets_that_one_back() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    // Task 1 has the processor all the time.
    for (packet, task) in [
        ("vCont;c:p1.2", 2),
        ("vCont;s:p1.2", 2),
        ("vCont;s:p1.2;c", 1),
        ("vCont;c", 1),
    ] {
        gdb.say(packet);
        kernel.resumed();
        gdb.line.give(b"\x03");
        let stop = gdb.hear();
        let start = format!("T02thread:{task};");
        assert!(stop.starts_with(&start), "{packet}: {stop}");
        assert!(!kernel.machine.state().tasks[&2].steps);
        // Without a word of which thread, what is read is that one's.
        let eip = gdb.ask("p8");
        assert!(stop.contains(&format!("08:{eip};")), "{stop}: {eip}");
        assert_eq!(gdb.ask("?"), stop);
    }
    // What happens to another one is told as its own.
    gdb.say("vCont;c:p1.2");
    kernel.resumed();
    kernel.trap(Stop::Panic);
    assert!(gdb.hear().starts_with("T06thread:1;"));
}

#[test]
fn a_task_that_waits_is_stepped_only_beside_the_others() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().tasks.get_mut(&2).expect("a task").is_blocked = true;
    let refusal = gdb.ask("vCont;s:p1.2");
    assert!(refusal.contains("is blocked"), "{refusal}");
    kernel.expect_stopped();
    assert!(!kernel.machine.state().tasks[&2].steps);
    gdb.say("vCont;s:p1.2;c:p1.-1");
    assert_eq!(kernel.resumed(), step(2));
}

#[test]
fn a_step_over_pushf_hides_that_it_was_one() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let prefixed = ["2e9c", "66666666669c", "f366369c", "8ed39c", "1766 9c"];
    for code in ["9c", "669c", "90"].into_iter().chain(prefixed) {
        let code = &*code.replace(' ', "");
        gdb.ask(format!("M{SHARED:x},{:x}:{code}", code.len() / 2));
        // What the processor is going to push: TF is the lowest bit of the
        // second byte.
        gdb.ask(format!("M{:x},4:02030000", SHARED + 0x100));
        for (register, value) in [(4, SHARED + 0x100), (8, SHARED)] {
            let value = value.swap_bytes();
            assert_eq!(gdb.ask(format!("P{register:x}={value:08x}")), "OK");
        }
        gdb.say("vCont;s:p1.1");
        kernel.resumed();
        let len = code.len() as u32 / 2;
        kernel.trap_at(SHARED + len, Stop::Step);
        gdb.hear();
        let pushed = gdb.ask(format!("m{:x},4", SHARED + 0x100));
        let expected = if code == "90" { "02030000" } else { "02020000" };
        assert_eq!(pushed, expected, "{code}");
    }
}

#[test]
fn who_leaves_amid_a_step_leaves_no_step_behind() {
    for farewell in ["D", "k", "vKill;1"] {
        let kernel = Kernel::attached();
        let gdb = &kernel.debugger;
        gdb.say("vCont;s:p1.1");
        assert_eq!(kernel.resumed().step, Some(1));
        assert!(kernel.machine.state().tasks[&1].steps);
        gdb.say(farewell);
        // The kernel hears of it: it holds other tasks back meanwhile.
        assert_eq!(kernel.resumed(), GO_ON);
        assert!(!kernel.machine.state().tasks[&1].steps, "{farewell}");
        gdb.line.taken();
        gdb.ask(GDB);
        gdb.say("vCont;c:p1.2");
        assert_eq!(kernel.resumed().only, Some(2));
        gdb.say(farewell);
        assert_eq!(kernel.resumed(), GO_ON);
    }
}
