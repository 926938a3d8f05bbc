//! Breakpoints: out of sight, and each for whom it was set.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use crate::machine::{KERNEL, LONE, SHARED, STUB_CODE};
use stub::embed::Stop;

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
    assert!(stop.starts_with("T05thread:p01.01;swbreak:;"), "{stop}");
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
fn kernel_code_has_its_breakpoint_in_every_task() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(z0(KERNEL)), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.machine.state().current = 3;
    kernel.trap_at(KERNEL + 1, Stop::Breakpoint);
    let stop = gdb.hear();
    assert!(stop.starts_with("T05thread:p01.03;swbreak:;"), "{stop}");
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
        let from = state.tasks[&1].task.directory.0;
        let to = state.tasks[&3].task.directory.0;
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
        let directory = state.tasks[&1].task.directory.0;
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
