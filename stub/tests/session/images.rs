//! Breakpoints in an image: in every process that is made from it, also later.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use crate::monitor::monitor;
use fake_machine::{FakeImage, KERNEL, LONE, SHARED};
use layout::PhysAddr;
use stub::embed::{HitAction, Stop};
use wire::i386::general::EIP;

const INT3: u8 = 0xCC;
const AT: u32 = SHARED + 5;
const CODE: u8 = 0x90;

/// Tasks of two processes.
const ONE: u32 = 1;
const OTHER: u32 = 3;

/// Where new processes get the byte at `AT` from.
const SOURCE: usize = KERNEL as usize + 5;

/// Starts a kernel whose two processes are made from one image.
fn attached() -> Kernel {
    let kernel = Kernel::boot();
    for task in [ONE, OTHER] {
        put(&kernel, task, CODE);
    }
    {
        let mut state = kernel.machine.state();
        state.memory[SOURCE] = CODE;
        state.images.push(FakeImage {
            id: 5,
            range: SHARED..SHARED + 0x1000,
            source: Some(PhysAddr(KERNEL)),
            processes: vec![1, 2],
        });
    }
    kernel.debugger.ask(GDB);
    kernel
}

fn put(kernel: &Kernel, task: u32, byte: u8) {
    let mut state = kernel.machine.state();
    let directory = state.tasks[&task].directory.0;
    let frame = state.frame_of(directory, AT) as usize;
    state.memory[frame + (AT & 0xFFF) as usize] = byte;
}

/// Returns what is in memory: in both processes, and for later ones.
fn bytes(kernel: &Kernel) -> [u8; 3] {
    let source = kernel.machine.state().memory[SOURCE];
    [kernel.machine.byte(ONE, AT), kernel.machine.byte(OTHER, AT), source]
}

fn z0() -> String {
    format!("Z0,{AT:x},1")
}

#[test]
fn it_is_in_every_process_and_for_later_ones_and_never_shows() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    // Whichever thread is selected.
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(z0()), "OK");
    assert_eq!(gdb.ask(z0()), "OK", "setting it again changes nothing");
    assert_eq!(bytes(&kernel), [INT3; 3]);
    for thread in ["Hg1", "Hg3"] {
        gdb.ask(thread);
        assert_eq!(gdb.ask(format!("m{AT:x},1")), "90");
        assert_eq!(gdb.ask(format!("m{SHARED:x},6")).get(10..), Some("90"));
    }
    assert_eq!(gdb.ask(format!("m{SOURCE:x},1")), "90");
    // A write of what is there changes nothing.
    assert_eq!(gdb.ask(format!("M{AT:x},1:90")), "OK");
    assert_eq!(bytes(&kernel), [INT3; 3]);
    assert_eq!(gdb.ask(format!("z0,{AT:x},1")), "OK");
    assert_eq!(bytes(&kernel), [CODE; 3]);
}

#[test]
fn every_process_hits_it_also_one_that_is_made_later() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    // The other process does not exist yet.
    put(&kernel, OTHER, 0);
    kernel.machine.state().images[0].processes = vec![1];
    assert_eq!(gdb.ask(z0()), "OK");
    assert_eq!(bytes(&kernel), [INT3, 0, INT3]);
    kernel.machine.state().images[0].processes = vec![1, 2];
    put(&kernel, OTHER, INT3);
    for task in [ONE, OTHER] {
        gdb.say("vCont;c");
        assert_eq!(kernel.resumed(), GO_ON);
        kernel.machine.state().current = task;
        kernel.trap_at(AT + 1, Stop::Breakpoint);
        let stop = gdb.hear();
        let expected = format!("T05thread:{task};swbreak:;");
        assert!(stop.starts_with(&expected), "{stop}");
        assert_eq!(gdb.ask("p8"), "0500000d");
    }
    gdb.ask("D");
    kernel.resumed();
    assert_eq!(bytes(&kernel), [CODE; 3], "leaving removes it everywhere");
}

#[test]
fn a_process_of_another_image_is_not_touched_and_its_int3_is_its_own() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().images[0].processes = vec![2];
    gdb.ask("Hg1");
    assert_eq!(gdb.ask(z0()), "OK");
    assert_eq!(bytes(&kernel), [CODE, INT3, INT3]);
    put(&kernel, ONE, INT3);
    assert_eq!(gdb.ask(format!("m{AT:x},1")), "cc", "it is the program's");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap_at(AT + 1, Stop::Breakpoint);
    let stop = gdb.hear();
    assert!(!stop.contains("swbreak"), "{stop}");
    gdb.ask(format!("z0,{AT:x},1"));
    assert_eq!(bytes(&kernel), [INT3, CODE, CODE]);
}

#[test]
fn changed_code_is_left_alone() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    put(&kernel, OTHER, 0x55);
    assert_eq!(gdb.ask(z0()), "OK");
    assert_eq!(bytes(&kernel), [INT3, 0x55, INT3]);
    gdb.ask(format!("z0,{AT:x},1"));
    assert_eq!(bytes(&kernel), [CODE, 0x55, CODE]);
    // So is code that the debugger changes.
    gdb.ask("Hg1");
    gdb.ask(z0());
    assert_eq!(gdb.ask(format!("M{AT:x},1:66")), "OK");
    assert_eq!(bytes(&kernel), [0x66, 0x55, INT3]);
    gdb.ask(format!("z0,{AT:x},1"));
    assert_eq!(bytes(&kernel), [0x66, 0x55, CODE]);
}

#[test]
fn a_false_condition_is_passed_in_each_process() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("{};X3,220027", z0())), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    for task in [ONE, OTHER] {
        kernel.machine.state().current = task;
        kernel.trap_at(AT + 1, Stop::Breakpoint);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
        let eip = kernel.machine.state().tasks[&task].registers[EIP];
        assert_eq!(eip, AT + 1, "the nop has been executed");
    }
    gdb.expect_silence();
    assert_eq!(bytes(&kernel), [INT3; 3]);
}

#[test]
fn monitor_narrows_it_to_one_process_and_widens_it_again() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask(z0());
    let said = monitor(gdb, &format!("breakpoint {AT:#x} process 2"));
    assert_eq!(said, "0x0d000005 now belongs to process 2\n");
    assert_eq!(bytes(&kernel), [CODE, INT3, CODE]);
    let said = monitor(gdb, &format!("breakpoint {AT:#x} all"));
    assert_eq!(said, "0x0d000005 now belongs to 2 with this code\n");
    assert_eq!(bytes(&kernel), [INT3; 3]);
}

#[test]
fn where_no_image_has_the_address_it_is_one_processes() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("Z0,{LONE:x},1")), "OK");
    assert_eq!(kernel.machine.byte(ONE, LONE), INT3);
    // In an image, but neither kept nor mapped.
    {
        let mut state = kernel.machine.state();
        state.images[0].source = None;
        state.images[0].processes = vec![];
    }
    assert_eq!(gdb.ask(z0()), "E0e");
    // Not kept, but mapped.
    kernel.machine.state().images[0].processes = vec![1, 2];
    assert_eq!(gdb.ask(z0()), "OK");
    assert_eq!(gdb.ask(z0()), "OK");
    assert_eq!(bytes(&kernel), [INT3, INT3, CODE]);
    gdb.ask(format!("z0,{AT:x},1"));
    assert_eq!(bytes(&kernel), [CODE; 3]);
}
