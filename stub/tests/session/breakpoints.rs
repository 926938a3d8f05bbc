//! Breakpoints: out of sight, and each for whom it was set.

use crate::debugger::{GDB, unhex};
use crate::kernel::{GO_ON, Kernel};
use fake_machine::{KERNEL, LONE, SHARED, STUB_CODE};
use stub::embed::{HitAction, Stop};
use wire::i386::general::EIP;

const INT3: u8 = 0xCC;

fn z0(address: u32) -> String {
    format!("Z0,{address:x},1")
}

fn remove(address: u32) -> String {
    format!("z0,{address:x},1")
}

#[test]
fn a_breakpoint_never_shows_in_memory() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let at = SHARED + 5;
    let before = gdb.ask(format!("m{SHARED:x},10"));
    assert_eq!(gdb.ask(z0(at)), "OK");
    assert_eq!(gdb.ask(z0(at)), "OK", "setting it again changes nothing");
    assert_eq!(kernel.machine.byte(1, at), INT3);
    assert_eq!(gdb.ask(format!("m{SHARED:x},10")), before);
    // A write over it is a write to what it hides.
    assert_eq!(gdb.ask(format!("M{:x},3:a1a2a3", at - 1)), "OK");
    assert_eq!(kernel.machine.byte(1, at), INT3);
    assert_eq!(gdb.ask(format!("m{:x},3", at - 1)), "a1a2a3");
    assert_eq!(gdb.ask(remove(at)), "OK");
    assert_eq!(kernel.machine.byte(1, at), 0xA2);
}

#[test]
fn a_hit_is_reported_at_the_breakpoint_not_behind_it() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask(z0(SHARED));
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    kernel.trap_at(SHARED + 1, Stop::Breakpoint);
    let stop = gdb.hear();
    assert!(stop.starts_with("T05thread:1;swbreak:;"), "{stop}");
    assert!(stop.contains("08:0000000d;"), "{stop}");
    assert_eq!(gdb.ask("p8"), "0000000d");
}

#[test]
fn an_int3_of_the_program_is_reported_behind_it() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap_at(SHARED + 1, Stop::Breakpoint);
    let stop = gdb.hear();
    assert!(!stop.contains("swbreak"), "{stop}");
    assert!(stop.contains("08:0100000d;"), "{stop}");
}

#[test]
fn a_client_that_does_not_know_swbreak_gets_a_plain_stop() {
    let kernel = Kernel::boot();
    let client = &kernel.debugger;
    client.ask("qSupported:xmlRegisters=i386");
    client.ask(z0(SHARED));
    client.say("c");
    kernel.resumed();
    kernel.trap_at(SHARED + 1, Stop::Breakpoint);
    let stop = client.hear();
    assert!(!stop.contains("swbreak"), "{stop}");
    assert!(stop.contains("08:0000000d;"), "{stop}");
}

#[test]
fn a_breakpoint_stays_with_the_process_it_was_first_set_for() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask("Hgp1.3");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_eq!(kernel.machine.byte(3, SHARED), INT3);
    assert_ne!(kernel.machine.byte(1, SHARED), INT3);
    // gdb takes it out and puts it back with another thread selected.
    assert_eq!(gdb.ask(remove(SHARED)), "OK");
    assert_ne!(kernel.machine.byte(3, SHARED), INT3);
    gdb.ask("Hgp1.1");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_eq!(kernel.machine.byte(3, SHARED), INT3);
    assert_ne!(kernel.machine.byte(1, SHARED), INT3);
    // A new session has forgotten it.
    gdb.ask("D");
    kernel.resumed();
    assert_ne!(kernel.machine.byte(3, SHARED), INT3);
    gdb.ask(GDB);
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_ne!(kernel.machine.byte(3, SHARED), INT3);
    assert_eq!(kernel.machine.byte(1, SHARED), INT3);
}

#[test]
fn where_one_was_deleted_the_next_is_of_the_process_selected_then() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_eq!(gdb.ask(remove(SHARED)), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap(Stop::Interrupt);
    gdb.hear();
    gdb.ask("Hg1");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_eq!(kernel.machine.byte(1, SHARED), INT3);
    assert_ne!(kernel.machine.byte(3, SHARED), INT3);
}

#[test]
fn one_that_was_taken_out_for_a_step_stays_with_its_process() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_eq!(gdb.ask(remove(SHARED)), "OK");
    {
        let mut state = kernel.machine.state();
        state.current = 3;
        let task = state.tasks.get_mut(&3).expect("a task");
        task.registers[EIP] = SHARED;
    }
    gdb.say("vCont;s:3");
    kernel.resumed();
    kernel.trap_at(SHARED + 1, Stop::Step);
    gdb.hear();
    gdb.ask("Hg1");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    assert_eq!(kernel.machine.byte(3, SHARED), INT3);
    assert_ne!(kernel.machine.byte(1, SHARED), INT3);
}

#[test]
fn one_whose_process_has_died_keeps_nobody_from_going_on() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    kernel.machine.state().tasks.retain(|_, task| task.task.process != 2);
    // Each stop and each resume of gdb's.
    for _ in 0..2 {
        gdb.ask("Hg1");
        assert_eq!(gdb.ask(remove(SHARED)), "OK");
        assert_eq!(gdb.ask(z0(SHARED)), "OK");
        gdb.say("vCont;c");
        kernel.resumed();
        kernel.trap(Stop::Interrupt);
        gdb.hear();
        assert_ne!(kernel.machine.byte(1, SHARED), INT3);
    }
}

#[test]
fn kernel_code_has_its_breakpoint_in_every_task() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(z0(KERNEL)), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.machine.state().current = 3;
    kernel.trap_at(KERNEL + 1, Stop::Breakpoint);
    let stop = gdb.hear();
    assert!(stop.starts_with("T05thread:3;swbreak:;"), "{stop}");
}

#[test]
fn the_stub_and_holes_take_no_breakpoint() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert!(gdb.ask(z0(STUB_CODE + 7)).starts_with('E'));
    assert!(gdb.ask(z0(LONE + 0x1000)).starts_with('E'));
    assert_ne!(kernel.machine.byte(1, STUB_CODE + 7), INT3);
}

#[test]
fn leaving_takes_every_breakpoint_out() {
    for farewell in ["D", "k"] {
        let kernel = Kernel::attached();
        let gdb = &kernel.debugger;
        for i in 0..64 {
            assert_eq!(gdb.ask(z0(SHARED + i)), "OK", "{i}");
        }
        assert!(gdb.ask(z0(SHARED + 64)).starts_with('E'), "the table");
        gdb.say(farewell);
        assert_eq!(kernel.resumed(), GO_ON);
        for i in 0..64 {
            let original = (i * 7 + 1) as u8;
            assert_eq!(kernel.machine.byte(1, SHARED + i), original);
        }
    }
}

#[test]
fn a_new_client_finds_no_breakpoints_of_the_old_one() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask(z0(SHARED));
    gdb.say("vCont;c");
    kernel.resumed();
    // The cable was pulled, and gdb started anew.
    gdb.line.give(b"+");
    gdb.ask(GDB);
    assert_eq!(kernel.machine.byte(1, SHARED), 1);
}

#[test]
fn a_frame_that_changed_hands_is_left_alone() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask(z0(LONE));
    {
        // The process unmaps the page; task 3 gets the frame, as it is.
        let mut state = kernel.machine.state();
        let from = state.tasks[&1].directory.0;
        let to = state.tasks[&3].directory.0;
        let frame = state.frame_of(from, LONE);
        state.unmap(from, LONE);
        state.map(to, LONE, frame);
    }
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(format!("m{LONE:x},1")), "cc", "it is theirs now");
    assert_eq!(gdb.ask(remove(LONE)), "OK");
    assert_eq!(kernel.machine.byte(3, LONE), INT3);
}

#[test]
fn two_addresses_of_one_frame_share_the_int3() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    {
        let mut state = kernel.machine.state();
        let directory = state.tasks[&1].directory.0;
        let frame = state.frame_of(directory, SHARED);
        state.map(directory, SHARED + 0x1000, frame);
    }
    let alias = SHARED + 0x1000;
    gdb.ask(z0(SHARED));
    gdb.ask(z0(alias));
    gdb.ask(remove(SHARED));
    assert_eq!(kernel.machine.byte(1, alias), INT3);
    assert_eq!(gdb.ask(format!("m{SHARED:x},1")), "01");
    gdb.ask(remove(alias));
    assert_eq!(kernel.machine.byte(1, alias), 1);
}

/// Says a monitor command, and returns what it answers.
pub(crate) fn monitor(kernel: &Kernel, command: &str) -> String {
    let digits: String =
        command.bytes().map(|byte| format!("{byte:02x}")).collect();
    let reply = kernel.debugger.ask(format!("qRcmd,{digits}"));
    String::from_utf8(unhex(&reply)).expect("it is text")
}

#[test]
fn a_breakpoint_can_be_given_to_another_process_and_to_all() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(z0(SHARED)), "OK");
    let said = monitor(&kernel, &format!("breakpoint {SHARED:#x} process 2"));
    assert!(said.contains("now belongs to process 2"), "{said}");
    assert_eq!(kernel.machine.byte(3, SHARED), INT3);
    assert_ne!(kernel.machine.byte(1, SHARED), INT3);
    // It stays so when gdb takes it out and puts it back.
    gdb.ask(remove(SHARED));
    assert_ne!(kernel.machine.byte(3, SHARED), INT3);
    gdb.ask(z0(SHARED));
    assert_eq!(kernel.machine.byte(3, SHARED), INT3);
    assert_ne!(kernel.machine.byte(1, SHARED), INT3);
    // The other one has other code there.
    let all = format!("breakpoint {SHARED:#x} all");
    let said = monitor(&kernel, &all);
    assert!(said.contains("now belongs to 1 with this code"), "{said}");
    assert_ne!(kernel.machine.byte(1, SHARED), INT3);
    gdb.ask(remove(SHARED));
    for task in [1, 3] {
        gdb.ask(format!("Hg{task}"));
        gdb.ask(format!("M{SHARED:x},10:{}", "90".repeat(16)));
    }
    gdb.ask(z0(SHARED));
    let said = monitor(&kernel, &all);
    assert!(said.contains("belongs to 2 with this code"), "{said}");
    for task in [1, 2, 3] {
        assert_eq!(kernel.machine.byte(task, SHARED), INT3);
    }
    gdb.ask(remove(SHARED));
    for task in [1, 2, 3] {
        assert_eq!(kernel.machine.byte(task, SHARED), 0x90);
    }
}

#[test]
fn a_debug_register_can_be_given_to_another_process_and_to_all() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let expect = |task: u32, concerned: bool| {
        gdb.say("vCont;c");
        kernel.resumed();
        kernel.machine.state().current = task;
        kernel.trap_at(SHARED, Stop::DebugRegister { hits: 1 });
        if concerned {
            assert!(gdb.hear().contains("hwbreak"));
        } else {
            assert_eq!(kernel.hit_action(), HitAction::Continue);
            kernel.trap(Stop::Interrupt);
            gdb.hear();
        }
    };
    // Before it is set, and after.
    monitor(&kernel, &format!("breakpoint {SHARED:#x} process 2"));
    gdb.ask(format!("Z1,{SHARED:x},1"));
    expect(1, false);
    expect(3, true);
    monitor(&kernel, &format!("breakpoint {SHARED:#x} process 1"));
    expect(1, true);
    expect(3, false);
    monitor(&kernel, &format!("breakpoint {SHARED:#x} all"));
    expect(1, true);
    expect(3, true);
}

#[test]
fn what_cannot_be_given_is_said() {
    let kernel = Kernel::attached();
    for (command, expected) in [
        (format!("breakpoint {SHARED:#x} process 9"), "no such task"),
        (format!("breakpoint {KERNEL:#x} all"), "is not in process space"),
        (format!("breakpoint {SHARED:#x}"), "usage: monitor breakpoint"),
        ("breakpoint".to_owned(), "usage: monitor breakpoint"),
    ] {
        let said = monitor(&kernel, &command);
        assert!(said.contains(expected), "{command}: {said}");
    }
}

#[test]
fn what_is_not_set_or_no_longer_cannot_be_removed() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let (set, clear) = (z0(KERNEL), remove(KERNEL));
    assert_eq!(gdb.ask(&clear), "E16");
    for _ in 0..2 {
        assert_eq!(gdb.ask(&set), "OK");
        assert_eq!(gdb.ask("qC"), "QC1");
        assert_eq!(gdb.ask(&clear), "OK");
        assert_eq!(gdb.ask("qC"), "QC1");
        assert_eq!(gdb.ask(&clear), "E16");
    }
}
