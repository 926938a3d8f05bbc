//! Breakpoints that decide on the target whether they stop.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use crate::printing::{printed, prints};
use fake_machine::{KERNEL, LONE, SHARED};
use stub::embed::{HitAction, Stop};
use wire::i386::general::{CS, EAX, ECX, EFLAGS, EIP, ESP};

const INT3: u8 = 0xCC;
const TRAP: u32 = 1 << 8;
const INTERRUPTS: u32 = 1 << 9;

/// `const8 0`, `const8 1`, and a byte of memory that is not there.
const FALSE: &str = "X3,220027";
const TRUE: &str = "X3,220127";
pub(crate) const LOST: &str = "X4,22001727";

/// `$tid == 2`, by the register's number.
const IS_TASK_2: &str = "X7,2600342202 1327";

/// A kernel that runs, with a breakpoint at [`SHARED`] for the process of
/// task 1, `code` under it, and `text` behind its address.
pub(crate) fn running(code: &[u8], text: &str) -> Kernel {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let digits: String = code.iter().map(|b| format!("{b:02x}")).collect();
    let write = format!("M{SHARED:x},{:x}:{digits}", code.len());
    assert_eq!(gdb.ask(write), "OK");
    let text = text.replace(' ', "");
    assert_eq!(gdb.ask(format!("Z0,{SHARED:x},1;{text}")), "OK");
    {
        let mut state = kernel.machine.state();
        for task in state.tasks.values_mut() {
            task.registers[EFLAGS] = 2 | INTERRUPTS;
            task.registers[CS] = 0x1B;
        }
    }
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    kernel
}

fn register(kernel: &Kernel, index: usize) -> u32 {
    let state = kernel.machine.state();
    state.tasks[&state.current].registers[index]
}

pub(crate) fn run_into(kernel: &Kernel) {
    kernel.trap_at(SHARED + 1, Stop::Breakpoint);
}

#[test]
fn conditions_and_commands_are_offered() {
    let kernel = Kernel::boot();
    let offered = kernel.debugger.ask(GDB);
    for feature in ["ConditionalBreakpoints+", "BreakpointCommands+"] {
        assert!(offered.split(';').any(|word| word == feature), "{offered}");
    }
}

#[test]
fn a_false_condition_is_passed_without_a_word() {
    let kernel = running(&[0x90], FALSE);
    for _ in 0..3 {
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
        assert_eq!(register(&kernel, EIP), SHARED + 1);
        assert_eq!(register(&kernel, EFLAGS), 2 | INTERRUPTS);
    }
    kernel.debugger.expect_silence();
    assert_eq!(kernel.machine.byte(1, SHARED), INT3);
}

#[test]
fn a_condition_that_holds_or_cannot_be_told_is_a_stop() {
    for text in [TRUE, LOST, "X3,220027X3,220127", "X3,220027X4,22001727"] {
        let kernel = running(&[0x90], text);
        run_into(&kernel);
        let stop = kernel.debugger.hear();
        assert!(stop.starts_with("T05thread:1;swbreak:;"), "{stop}");
        assert!(stop.contains("08:0000000d;"), "{stop}");
    }
}

#[test]
fn a_condition_sees_registers_as_they_are_at_the_breakpoint() {
    // `$eip == SHARED`
    let kernel = running(&[0x90], "X a,260008 240d000000 1327");
    run_into(&kernel);
    assert!(kernel.debugger.hear().starts_with("T05"));
}

#[test]
fn a_condition_knows_who_runs() {
    let kernel = running(&[0x90], IS_TASK_2);
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.machine.state().current = 2;
    run_into(&kernel);
    let stop = kernel.debugger.hear();
    assert!(stop.starts_with("T05thread:2;swbreak:;"), "{stop}");
    assert_eq!(kernel.debugger.ask("p33"), "01000000");
    assert_eq!(kernel.debugger.ask("p34"), "02000000");
    assert!(kernel.debugger.ask("P34=01000000").starts_with('E'));
}

#[test]
fn an_instruction_that_is_not_simple_is_stepped_over() {
    // cpuid
    let kernel = running(&[0x0F, 0xA2], FALSE);
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
    assert_eq!(kernel.machine.byte(1, SHARED), 0x0F, "the int3 is out");
    assert_eq!(register(&kernel, EIP), SHARED);
    assert_eq!(register(&kernel, EFLAGS), 2 | TRAP, "nobody else runs");
    kernel.trap_at(SHARED + 2, Stop::Step);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    assert_eq!(kernel.machine.byte(1, SHARED), INT3);
    assert_eq!(register(&kernel, EFLAGS), 2 | INTERRUPTS);
    kernel.debugger.expect_silence();
}

/// Ends the step over an instruction that loads EFLAGS.
fn load_flags(kernel: &Kernel, end: u32, eflags: u32) {
    let mut state = kernel.machine.state();
    state.tasks.get_mut(&1).unwrap().registers[EFLAGS] = eflags;
    drop(state);
    kernel.trap_at(end, Stop::Step);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
}

#[test]
fn popf_of_the_kernel_has_the_last_word_on_interrupts() {
    for (ring, expected) in [(8, 2), (0x1B, 2 | INTERRUPTS)] {
        let kernel = running(&[0x9D], FALSE);
        kernel.machine.state().tasks.get_mut(&1).unwrap().registers[CS] = ring;
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Step);
        load_flags(&kernel, SHARED + 1, 2);
        assert_eq!(register(&kernel, EFLAGS), expected);
    }
}

#[test]
fn popf_has_the_last_word_on_tf() {
    for (cs, expected) in [(8, 2 | TRAP), (0x1B, 2 | TRAP | INTERRUPTS)] {
        let kernel = running(&[0x9D], FALSE);
        kernel.machine.state().tasks.get_mut(&1).unwrap().registers[CS] = cs;
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Step);
        load_flags(&kernel, SHARED + 1, 2 | TRAP);
        assert_eq!(register(&kernel, EFLAGS), expected);
    }
}

#[test]
fn prefixes_do_not_hide_popf_from_the_step() {
    // IOPL 3 gives ring 3 a say in interrupts, too.
    for (cs, iopl) in [(8, 0), (0x1B, 3 << 12)] {
        for code in [[0x2E, 0x9D], [0x66, 0x9D], [0x66, 0xCF]] {
            let kernel = running(&code, FALSE);
            {
                let mut state = kernel.machine.state();
                let task = state.tasks.get_mut(&1).unwrap();
                task.registers[CS] = cs;
                task.registers[EFLAGS] |= iopl;
            }
            run_into(&kernel);
            assert_eq!(kernel.hit_action(), HitAction::Step);
            load_flags(&kernel, SHARED + 2, 2 | iopl);
            assert_eq!(register(&kernel, EFLAGS), 2 | iopl, "{code:x?}");
        }
    }
}

/// Where a task's stack is, and what the processor pushes there during a step:
/// TF, and no IF.
fn push_flags_of_a_step(kernel: &Kernel, esp: u32) {
    let mut state = kernel.machine.state();
    state.tasks.get_mut(&1).unwrap().registers[ESP] = esp;
    let directory = state.tasks[&1].directory.0;
    for (at, byte) in (esp..).zip([2, 1]) {
        let frame = state.frame_of(directory, at) as usize;
        state.memory[frame + (at & 0xFFF) as usize] = byte;
    }
}

#[test]
fn the_flags_that_a_step_pushes_are_the_programs_own() {
    // pushf of 16 bits; after a load of SS
    for code in [&[0x66, 0x9C][..], &[0x66, 0x17, 0x2E, 0x9C]] {
        let kernel = running(code, FALSE);
        let esp = SHARED + 0x100;
        push_flags_of_a_step(&kernel, esp);
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Step, "{code:x?}");
        kernel.trap_at(SHARED + code.len() as u32, Stop::Step);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
        assert_eq!(kernel.machine.byte(1, esp), 2);
        assert_eq!(kernel.machine.byte(1, esp + 1), 2, "IF and no TF");
    }
}

#[test]
fn a_trap_in_a_step_is_not_a_fault_that_is_retried() {
    // into
    let kernel = running(&[0xCE], FALSE);
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
    let code = 0;
    let address = layout::VirtAddr(0);
    kernel.trap_at(SHARED + 1, Stop::Fault { vector: 4, code, address });
    assert!(kernel.debugger.hear().starts_with("T"));
    // The next hit is another one.
    kernel.debugger.ask(format!("Z0,{SHARED:x},1;{TRUE}"));
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    run_into(&kernel);
    assert!(kernel.debugger.hear().starts_with("T05"));
}

#[test]
fn a_fault_ends_the_step_and_the_breakpoint_is_not_judged_twice() {
    // rep movsb, with a line for each time that it is judged.
    let kernel = running(&[0xF3, 0xA4], &prints("once"));
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
    assert_eq!(printed(&kernel), "once");
    // One step is one byte.
    kernel.trap_at(SHARED, Stop::Step);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
    // A page must come first.
    let fault =
        Stop::Fault { vector: 14, code: 6, address: layout::VirtAddr(LONE) };
    kernel.trap_at(SHARED, fault);
    let stop = kernel.debugger.hear();
    assert!(stop.starts_with("T0bthread"), "{stop}");
    assert_eq!(kernel.machine.byte(1, SHARED), INT3);
    assert_eq!(register(&kernel, EFLAGS), 2 | INTERRUPTS);
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
    kernel.trap_at(SHARED + 2, Stop::Step);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.debugger.expect_silence();
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
    assert_eq!(printed(&kernel), "once");
}

#[test]
fn a_breakpoint_of_another_process_is_passed_even_without_a_condition() {
    let kernel = running(&[0x90], TRUE);
    {
        // Process 2 has the same frame at the same address.
        let mut state = kernel.machine.state();
        let from = state.tasks[&1].directory.0;
        let to = state.tasks[&3].directory.0;
        let frame = state.frame_of(from, SHARED);
        state.map(to, SHARED, frame);
        state.current = 3;
    }
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.machine.state().current = 2;
    run_into(&kernel);
    assert!(kernel.debugger.hear().starts_with("T05thread:2;swbreak"));
}

#[test]
fn a_debuggers_step_over_a_false_condition_is_one_step() {
    for (code, steps) in [(&[0x90][..], false), (&[0x0F, 0xA2], true)] {
        let kernel = running(code, FALSE);
        kernel.debugger.line.give(b"\x03");
        kernel.debugger.hear();
        kernel.debugger.say("vCont;s:p1.1");
        kernel.resumed();
        run_into(&kernel);
        if steps {
            assert_eq!(kernel.hit_action(), HitAction::Step);
            kernel.trap_at(SHARED + 2, Stop::Step);
        }
        let stop = kernel.debugger.hear();
        assert!(stop.starts_with("T05thread:1;"), "{stop}");
        assert!(!stop.contains("swbreak"), "{stop}");
        let eip = if steps { "08:0200000d;" } else { "08:0100000d;" };
        assert!(stop.contains(eip), "{stop}");
        assert_eq!(kernel.machine.byte(1, SHARED), INT3);
    }
}

#[test]
fn a_push_reaches_the_stack_as_the_task_may() {
    let kernel = running(&[0x55], FALSE);
    let esp = SHARED + 0x100;
    {
        let mut state = kernel.machine.state();
        let task = state.tasks.get_mut(&1).unwrap();
        task.registers[ESP] = esp;
        task.registers[5] = 0x1234_5678;
    }
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    assert_eq!(kernel.machine.byte(1, esp - 4), 0x78);
    assert_eq!(register(&kernel, ESP), esp - 4);
    // Where there is no stack the processor is to fault.
    let mut state = kernel.machine.state();
    state.tasks.get_mut(&1).unwrap().registers[ESP] = LONE + 0x1004;
    drop(state);
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Step);
}

#[test]
fn a_breakpoint_on_a_way_into_the_kernel_is_a_stop() {
    for code in [
        &[0xCD, 0x80][..],
        &[0xCC],
        &[0x2E, 0xCD, 0x80],
        &[0x0F, 0x34],
        // pop ss, and what is executed with it
        &[0x66, 0x17, 0xCD, 0x80],
    ] {
        let kernel = running(code, FALSE);
        run_into(&kernel);
        assert!(kernel.debugger.hear().starts_with("T05"));
    }
}

#[test]
fn conditions_go_with_their_breakpoint() {
    let kernel = running(&[0x90], FALSE);
    kernel.debugger.line.give(b"\x03");
    kernel.debugger.hear();
    kernel.debugger.ask(format!("z0,{SHARED:x},1"));
    kernel.debugger.ask(format!("Z0,{SHARED:x},1"));
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    run_into(&kernel);
    assert!(kernel.debugger.hear().starts_with("T05"));
    // And set again over itself.
    kernel.debugger.ask(format!("Z0,{SHARED:x},1;{FALSE}"));
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
}

#[test]
fn conditions_that_make_no_sense_are_refused() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for text in ["X", "X1", "X1,2", "X5,27", "cmds:0", "Y1,27", "X1,27X"] {
        let reply = gdb.ask(format!("Z0,{KERNEL:x},1;{text}"));
        assert!(reply.starts_with('E'), "{text}: {reply}");
        assert_ne!(kernel.machine.byte(1, KERNEL), INT3, "{text}");
    }
    for packet in ["Z0,", "Z0,zz,1", "Z0,1", "Z0,1;X1,27"] {
        let reply = gdb.ask(packet);
        assert!(reply.is_empty() || reply.starts_with('E'), "{packet}");
    }
}

#[test]
fn a_breakpoint_in_a_debug_register_has_conditions_of_its_own() {
    const RESUME_FLAG: u32 = 1 << 16;
    let kernel = running(&[0x90], TRUE);
    kernel.debugger.line.give(b"\x03");
    kernel.debugger.hear();
    let at = SHARED + 8;
    assert_eq!(kernel.debugger.ask(format!("Z1,{at:x},1;{FALSE}")), "OK");
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    let hit = Stop::DebugRegister { hits: 1 };
    kernel.trap_at(at, hit);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    assert_eq!(register(&kernel, EIP), at);
    assert_ne!(register(&kernel, EFLAGS) & RESUME_FLAG, 0);
    kernel.debugger.expect_silence();
    // That in memory is another one.
    run_into(&kernel);
    assert!(kernel.debugger.hear().contains("swbreak"));
    // And both at one address.
    let both = format!("Z0,{at:x},1;{}", prints("text"));
    assert_eq!(kernel.debugger.ask(both), "OK");
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    kernel.trap_at(at, hit);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.debugger.expect_silence();
}

#[test]
fn what_is_watched_is_seen_under_a_false_condition_too() {
    // push ebp, by the stub; cpuid stands for what the processor does.
    for (code, steps) in [(&[0x55][..], false), (&[0x0F, 0xA2], true)] {
        let kernel = running(code, FALSE);
        kernel.debugger.line.give(b"\x03");
        kernel.debugger.hear();
        let watched = SHARED + 0x20;
        let watch = format!("Z2,{watched:x},4");
        assert_eq!(kernel.debugger.ask(watch), "OK");
        kernel.debugger.say("vCont;c");
        kernel.resumed();
        kernel.machine.state().tasks.get_mut(&1).unwrap().registers[ESP] =
            watched + 4;
        run_into(&kernel);
        if steps {
            assert_eq!(kernel.hit_action(), HitAction::Step);
            let mut state = kernel.machine.state();
            let directory = state.tasks[&1].directory.0;
            let frame = state.frame_of(directory, watched) as usize;
            state.memory[frame + 0x20] ^= 1;
            drop(state);
            kernel.trap_at(SHARED + 2, Stop::Step);
        }
        let stop = kernel.debugger.hear();
        let expected = format!("watch:{watched:x};");
        assert!(stop.contains(&expected), "{stop}");
    }
}

#[test]
fn what_the_stub_executes_itself_hits_watchpoints_as_the_processor_does() {
    let watched = SHARED + 0x20;
    let (read, write) = ([0x8B, 0x01], [0x89, 0x01]); // with [ecx]
    for (code, packet, at, hits) in [
        (read, "Z4", watched, Some("awatch")),
        // A write is a hit even of the value that is already there.
        (write, "Z4", watched, Some("awatch")),
        (write, "Z2", watched, Some("watch")),
        (read, "Z2", watched, None),
        // The word that is accessed overlaps, or does not.
        (read, "Z4", watched - 3, Some("awatch")),
        (read, "Z4", watched + 3, Some("awatch")),
        (read, "Z4", watched - 4, None),
        (read, "Z4", watched + 4, None),
    ] {
        let kernel = running(&code, FALSE);
        kernel.debugger.line.give(b"\x03");
        kernel.debugger.hear();
        let watch = format!("{packet},{watched:x},4");
        assert_eq!(kernel.debugger.ask(watch), "OK");
        kernel.debugger.say("vCont;c");
        kernel.resumed();
        let mut state = kernel.machine.state();
        let registers = &mut state.tasks.get_mut(&1).unwrap().registers;
        registers[ECX] = at;
        registers[EAX] = 0;
        drop(state);
        run_into(&kernel);
        if let Some(kind) = hits {
            let stop = kernel.debugger.hear();
            let expected = format!("{kind}:{watched:x};");
            assert!(stop.contains(&expected), "{code:x?} at {at:x}: {stop}");
        } else {
            assert_eq!(kernel.hit_action(), HitAction::Continue);
            kernel.debugger.expect_silence();
        }
    }
}
