//! Steps, signals, and what gdb is told of a stop.

use crate::kernel::{GO_ON, Kernel};
use layout::VirtAddr;
use stub::embed::{Resume, Stop};

fn step(task: u32) -> Resume {
    Resume { step: Some(task), deliver_fault: false }
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
        assert!(stop.starts_with("T05thread:p01.01;"), "{stop}");
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
    let deliver = Resume { step: None, deliver_fault: true };
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
fn to_hold_the_other_tasks_back_is_refused() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert!(gdb.ask("vCont;c:p1.2").starts_with('E'));
    assert!(gdb.ask("vCont;t").starts_with('E'));
    assert!(gdb.ask("vCont;").starts_with('E'));
    kernel.expect_stopped();
    // Every task by name is no holding back.
    gdb.say("vCont;c:1;c:2;c:3");
    assert_eq!(kernel.resumed(), GO_ON);
}
