//! Breakpoints and watchpoints in the debug registers.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use fake_machine::{KERNEL, LAST, SHARED, STACK, STUB_CODE};
use stub::embed::{HitAction, Resume, Stop};
use wire::i386::general::{EBX, EFLAGS, EIP};

/// DR7 with nothing enabled.
const OFF: u32 = 0x400;
const RESUME_FLAG: u32 = 1 << 16;

fn hits(hits: u8) -> Stop {
    Stop::DebugRegister { hits }
}

fn step(task: u32) -> Resume {
    Resume { step: Some(task), ..GO_ON }
}

fn registers(kernel: &Kernel) -> ([u32; 4], u32) {
    kernel.machine.state().debug_registers
}

/// Returns whether the current task passes a breakpoint where it is.
fn passes(kernel: &Kernel) -> bool {
    let state = kernel.machine.state();
    state.tasks[&state.current].registers[EFLAGS] & RESUME_FLAG != 0
}

/// Attaches, to tasks of which none has a flag set.
fn attached() -> Kernel {
    let kernel = Kernel::attached();
    for task in kernel.machine.state().tasks.values_mut() {
        task.registers[EFLAGS] = 2;
    }
    kernel
}

#[test]
fn requests_fill_the_registers_and_leave_them() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("Z1,{KERNEL:x},1")), "OK");
    assert_eq!(gdb.ask(format!("Z2,{SHARED:x},2")), "OK");
    assert_eq!(gdb.ask(format!("Z4,{:x},4", SHARED + 8)), "OK");
    assert_eq!(gdb.ask(format!("Z4,{:x},4", SHARED + 8)), "OK", "again");
    let (addresses, control) = registers(&kernel);
    assert_eq!(addresses, [KERNEL, SHARED, SHARED + 8, 0]);
    assert_eq!(control, 0x0F50_042A);
    assert_eq!(gdb.ask(format!("z2,{SHARED:x},2")), "OK");
    assert_eq!(gdb.ask(format!("z2,{SHARED:x},2")), "E16", "again");
    assert_eq!(gdb.ask(format!("z1,{KERNEL:x},1")), "OK");
    let (addresses, control) = registers(&kernel);
    assert_eq!(addresses, [SHARED + 8, 0, 0, 0]);
    assert_eq!(control, 0x000F_0402);
    for farewell in ["D", GDB] {
        gdb.say(farewell);
        gdb.hear();
        assert_eq!(registers(&kernel), ([0; 4], OFF), "{farewell}");
    }
}

#[test]
fn a_long_range_is_split_and_what_does_not_fit_is_refused() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("Z2,{:x},9", SHARED + 2)), "OK");
    let (addresses, _) = registers(&kernel);
    assert_eq!(addresses, [SHARED + 2, SHARED + 4, SHARED + 8, SHARED + 10]);
    assert_eq!(gdb.ask(format!("Z1,{KERNEL:x},1")), "E1c");
    assert_eq!(gdb.ask(format!("z2,{:x},9", SHARED + 2)), "OK");
    assert_eq!(gdb.ask(format!("Z2,{SHARED:x},14")), "E1c");
    assert_eq!(gdb.ask(format!("Z2,{SHARED:x},ffffffff")), "E16");
    assert_eq!(gdb.ask(format!("Z2,{SHARED:x},0")), "E16");
    assert_eq!(registers(&kernel), ([0; 4], OFF));
    assert_eq!(gdb.ask("Z2,fffffffc,4"), "OK", "the last word of memory");
}

#[test]
fn where_the_stub_runs_and_interrupts_write_they_are_refused() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("Z1,{STUB_CODE:x},1")), "E01");
    assert_eq!(gdb.ask(format!("Z2,{STACK:x},4")), "E01");
    assert_eq!(gdb.ask(format!("Z4,{:x},8", STACK - 4)), "E01");
    assert_eq!(gdb.ask(format!("Z2,{LAST:x},4")), "OK");
}

#[test]
fn reads_alone_are_not_watched() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("Z3,{SHARED:x},4")), "");
    assert_eq!(gdb.ask(format!("z3,{SHARED:x},4")), "");
    assert_eq!(registers(&kernel), ([0; 4], OFF));
}

#[test]
fn a_hit_names_its_kind_and_address() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask(format!("Z2,{:x},4", SHARED + 4));
    gdb.ask(format!("Z4,{:x},1", SHARED + 9));
    gdb.ask(format!("Z1,{KERNEL:x},1"));
    for (bits, expected) in [
        (0b001, format!("watch:{:x};", SHARED + 4)),
        (0b010, format!("awatch:{:x};", SHARED + 9)),
        (0b100, "hwbreak:;".to_owned()),
        // What was done comes before what is to be done.
        (0b101, format!("watch:{:x};", SHARED + 4)),
    ] {
        gdb.say("vCont;c");
        assert_eq!(kernel.resumed(), GO_ON);
        kernel.trap_at(KERNEL, hits(bits));
        let stop = gdb.hear();
        let start = format!("T05thread:1;{expected}");
        assert!(stop.starts_with(&start), "{stop}");
    }
}

#[test]
fn a_client_that_does_not_know_hwbreak_gets_a_plain_stop() {
    let kernel = Kernel::boot();
    let client = &kernel.debugger;
    client.ask("qSupported:xmlRegisters=i386");
    client.ask(format!("Z1,{KERNEL:x},1"));
    client.say("c");
    kernel.resumed();
    kernel.trap_at(KERNEL, hits(1));
    let stop = client.hear();
    assert!(stop.starts_with("T05thread:1;"), "{stop}");
    assert!(!stop.contains("hwbreak"), "{stop}");
}

#[test]
fn a_task_that_goes_on_at_a_breakpoint_passes_it() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask(format!("Z1,{KERNEL:x},1"));
    gdb.say("vCont;c");
    kernel.resumed();
    assert!(!passes(&kernel));
    kernel.trap_at(KERNEL, hits(1));
    gdb.hear();
    gdb.say("vCont;c");
    kernel.resumed();
    assert!(passes(&kernel));
}

#[test]
fn a_hit_of_another_process_is_passed_over() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask(format!("Z1,{SHARED:x},1"));
    gdb.ask(format!("Z2,{:x},4", SHARED + 4));
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.machine.state().current = 3;
    for (eip, bits) in [(SHARED, 1), (SHARED + 0x20, 2)] {
        kernel.trap_at(eip, hits(bits));
        assert_eq!(kernel.hit_action(), HitAction::Continue);
        gdb.expect_silence();
        assert!(passes(&kernel));
    }
    // Its sibling has to do with it.
    kernel.machine.state().current = 2;
    kernel.trap_at(SHARED, hits(1));
    let stop = gdb.hear();
    assert!(stop.starts_with("T05thread:2;hwbreak:;"), "{stop}");
}

#[test]
fn they_stay_with_the_process_they_were_first_set_for() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask("Hgp1.3");
    assert_eq!(gdb.ask(format!("Z1,{SHARED:x},1")), "OK");
    assert_eq!(gdb.ask(format!("z1,{SHARED:x},1")), "OK");
    set_and_hit_by(&kernel, 3);
    // Once the system has run without it, it is deleted.
    assert_eq!(gdb.ask(format!("z1,{SHARED:x},1")), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap(Stop::Interrupt);
    gdb.hear();
    set_and_hit_by(&kernel, 1);
}

/// Sets it with task 1 selected; the current task, which is another, passes
/// it, and `task` is stopped by it.
fn set_and_hit_by(kernel: &Kernel, task: u32) {
    let gdb = &kernel.debugger;
    gdb.ask("Hgp1.1");
    assert_eq!(gdb.ask(format!("Z1,{SHARED:x},1")), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap_at(SHARED, hits(1));
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.machine.state().current = task;
    kernel.trap_at(SHARED, hits(1));
    assert!(gdb.hear().contains("hwbreak"));
}

#[test]
fn a_step_that_changes_what_is_watched_says_so() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask(format!("Z2,{:x},4", SHARED + 4));
    gdb.say("vCont;r1000,1010:p1.1;c");
    assert_eq!(kernel.resumed(), step(1));
    kernel.trap_at(0x1004, Stop::Step);
    assert_eq!(kernel.resumed(), step(1), "nothing has changed");
    {
        let mut state = kernel.machine.state();
        let directory = state.tasks[&1].directory.0;
        let frame = state.frame_of(directory, SHARED) as usize;
        state.memory[frame + 7] ^= 1;
    }
    kernel.trap_at(0x1008, Stop::Step);
    let stop = gdb.hear();
    let expected = format!("watch:{:x};", SHARED + 4);
    assert!(stop.replace(":0d", ":d").contains(&expected), "{stop}");
    assert_eq!(kernel.machine.state().tasks[&1].registers[EIP], 0x1008);
}

#[test]
fn a_range_ends_at_a_breakpoint_in_it() {
    let kernel = attached();
    let gdb = &kernel.debugger;
    gdb.ask(format!("Z1,{:x},1", KERNEL + 8));
    gdb.say(format!("vCont;r{KERNEL:x},{:x}:p1.1;c", KERNEL + 16));
    kernel.resumed();
    kernel.trap_at(KERNEL + 4, Stop::Step);
    assert_eq!(kernel.resumed(), step(1));
    kernel.trap_at(KERNEL + 8, Stop::Step);
    assert!(gdb.hear().contains("hwbreak:;"));
}

/// What the instructions of the following tests access, by EBX.
const WATCHED: u32 = SHARED + 0x40;

/// Returns a kernel that is stopped with `code` at [`SHARED`] for tasks 1 and
/// 3, and a watchpoint of process 1.
fn stopped_before(code: &[u8], watch: &str) -> Kernel {
    let kernel = attached();
    let gdb = &kernel.debugger;
    let digits: String = code.iter().map(|b| format!("{b:02x}")).collect();
    let write = format!("M{SHARED:x},{:x}:{digits}", code.len());
    assert_eq!(gdb.ask(write), "OK");
    assert_eq!(gdb.ask(format!("{watch},{WATCHED:x},4")), "OK");
    let mut state = kernel.machine.state();
    let frame = state.frame_of(state.tasks[&1].directory.0, SHARED);
    let other = state.tasks[&3].directory.0;
    state.map(other, SHARED, frame);
    for task in state.tasks.values_mut() {
        task.registers[EBX] = WATCHED;
        task.registers[EIP] = SHARED;
    }
    drop(state);
    kernel
}

/// `mov eax, [ebx]`, `mov [ebx], eax`, `movzx eax, byte ptr [ebx + 3]`,
/// `mov eax, [ebx + 4]`, `lea eax, [ebx]`
const LOAD: &[u8] = &[0x8B, 0x03];
const STORE: &[u8] = &[0x89, 0x03];
const LOAD_BYTE: &[u8] = &[0x0F, 0xB6, 0x43, 3];
const LOAD_NEXT: &[u8] = &[0x8B, 0x43, 4];
const LEA: &[u8] = &[0x8D, 0x03];

#[test]
fn a_step_reports_a_read_and_a_write_of_the_same_value() {
    for (code, watch, expected) in [
        (LOAD, "Z4", "awatch:"),
        (LOAD_BYTE, "Z4", "awatch:"),
        (STORE, "Z4", "awatch:"),
        (STORE, "Z2", ";watch:"),
        (LOAD, "Z2", ""),
        (LOAD_NEXT, "Z4", ""),
        (LEA, "Z4", ""),
    ] {
        let kernel = stopped_before(code, watch);
        kernel.debugger.say("vCont;s:p1.1;c");
        assert_eq!(kernel.resumed(), step(1));
        kernel.trap_at(SHARED + code.len() as u32, Stop::Step);
        let stop = kernel.debugger.hear();
        assert!(stop.contains(expected), "{code:x?}: {stop}");
        let is_hit = stop.contains("watch:");
        assert_eq!(is_hit, !expected.is_empty(), "{code:x?}: {stop}");
        // Once.
        kernel.debugger.say("vCont;s:p1.1;c");
        assert_eq!(kernel.resumed(), step(1));
        kernel.trap_at(SHARED + 0x20, Stop::Step);
        let stop = kernel.debugger.hear();
        assert!(!stop.contains("watch:"), "{code:x?}: {stop}");
    }
}

#[test]
fn a_range_of_steps_ends_at_a_read_of_what_is_watched() {
    let code = [&[0x90], LOAD].concat();
    let kernel = stopped_before(&code, "Z4");
    kernel.debugger.say(format!("vCont;r{SHARED:x},{:x}:p1.1;c", SHARED + 8));
    assert_eq!(kernel.resumed(), step(1));
    kernel.trap_at(SHARED + 1, Stop::Step);
    assert_eq!(kernel.resumed(), step(1), "nothing was read");
    kernel.trap_at(SHARED + 3, Stop::Step);
    let stop = kernel.debugger.hear();
    assert!(stop.contains("awatch:"), "{stop}");
}

#[test]
fn a_read_of_another_process_or_before_a_fault_is_no_hit() {
    let kernel = stopped_before(LOAD, "Z4");
    kernel.machine.state().current = 3;
    kernel.debugger.say("vCont;s:p2.3;c");
    assert_eq!(kernel.resumed(), step(3));
    kernel.trap_at(SHARED + 2, Stop::Step);
    let stop = kernel.debugger.hear();
    assert!(!stop.contains("watch:"), "{stop}");

    let kernel = stopped_before(LOAD, "Z4");
    kernel.debugger.say("vCont;s:p1.1;c");
    assert_eq!(kernel.resumed(), step(1));
    // Something else came instead, and went on in a handler.
    kernel.trap_at(SHARED, hits(0));
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.trap_at(KERNEL, Stop::Step);
    let stop = kernel.debugger.hear();
    assert!(!stop.contains("watch:"), "{stop}");

    // Another task's trap does not end the step.
    let kernel = stopped_before(LOAD, "Z4");
    kernel.debugger.say("vCont;s:p1.1;c");
    assert_eq!(kernel.resumed(), step(1));
    kernel.machine.state().current = 2;
    kernel.trap_at(KERNEL, Stop::Step);
    let stop = kernel.debugger.hear();
    assert!(!stop.contains("watch:"), "{stop}");
}

#[test]
fn an_instruction_under_a_false_breakpoint_reports_what_it_reads() {
    // movzx, which is stepped over; and what makes it a step of a debugger.
    for steps in [false, true] {
        let kernel = stopped_before(LOAD_BYTE, "Z4");
        let gdb = &kernel.debugger;
        assert_eq!(gdb.ask(format!("Z0,{SHARED:x},1;X3,220027")), "OK");
        gdb.say(if steps { "vCont;s:p1.1;c" } else { "vCont;c" });
        kernel.resumed();
        kernel.trap_at(SHARED + 1, Stop::Breakpoint);
        assert_eq!(kernel.hit_action(), HitAction::Step);
        kernel.trap_at(SHARED + 4, Stop::Step);
        let stop = gdb.hear();
        assert!(stop.contains("awatch:"), "{stop}");
    }
}
