//! Breakpoints that only print.

use crate::conditions::{LOST, run_into, running};
use crate::debugger::{GDB, frame, unhex};
use crate::kernel::Kernel;
use fake_machine::SHARED;
use stub::embed::{HitAction, Stop};

/// Commands that print `text`.
pub(crate) fn prints(text: &str) -> String {
    let digits: String = text.bytes().map(|b| format!("{b:02x}")).collect();
    let code = format!("22002200 3400{:04x}{digits}0027", text.len() + 1);
    let code = code.replace(' ', "");
    format!("cmds:0,X{:x},{code}", code.len() / 2)
}

/// The next text for the console.
pub(crate) fn printed(kernel: &Kernel) -> String {
    text_of(&kernel.debugger.hear())
}

fn text_of(packet: &str) -> String {
    let digits = packet.strip_prefix('O').expect("text, not a stop");
    String::from_utf8(unhex(digits)).expect("text")
}

#[test]
fn what_a_breakpoint_prints_leaves_while_the_system_runs() {
    let kernel = running(&[0x90], &prints("one\\n"));
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    assert_eq!(text_of(&kernel.debugger.hear_silently()), "one\n");
    // The next waits for the acknowledgement, and a damaged one comes again.
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    kernel.debugger.line.give(b"-");
    assert_eq!(text_of(&kernel.debugger.hear_silently()), "one\n");
    kernel.debugger.expect_silence();
    kernel.debugger.line.give(b"+");
    assert_eq!(printed(&kernel), "one\n");
    kernel.debugger.expect_silence();
}

#[test]
fn a_stop_comes_after_what_was_printed_before() {
    let kernel = running(&[0x90], &prints("text"));
    for _ in 0..3 {
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
    }
    kernel.trap(Stop::Panic);
    let mut said = String::new();
    while said.len() < 12 {
        said += &printed(&kernel);
    }
    assert_eq!(said, "texttexttext");
    assert!(kernel.debugger.hear().starts_with("T06"));
}

#[test]
fn a_debugger_that_reads_slowly_loses_nothing() {
    let line = "x".repeat(400);
    let kernel = running(&[0x90], &prints(&line));
    // More than there is room for.
    for _ in 0..40 {
        run_into(&kernel);
    }
    let mut said = 0;
    while said < 40 * line.len() {
        said += printed(&kernel).len();
    }
    assert_eq!(said, 40 * line.len());
    (0..40).for_each(|_| assert_eq!(kernel.hit_action(), HitAction::Continue));
}

#[test]
fn a_debugger_that_is_gone_holds_nobody_up() {
    let line = "x".repeat(400);
    let kernel = running(&[0x90], &prints(&line));
    for _ in 0..40 {
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
    }
    // The next one is told nothing of it.
    let line = &kernel.debugger.line;
    while line.state().transmit_interrupts {
        std::thread::yield_now();
    }
    line.taken();
    line.give(b"+");
    kernel.debugger.ask(GDB);
    assert_eq!(kernel.machine.byte(1, SHARED), 0x90);
}

#[test]
fn what_a_debugger_has_left_unread_is_not_told_to_the_next() {
    let kernel = running(&[0x90], &prints(&"x".repeat(400)));
    for _ in 0..3 {
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
    }
    // It reads nothing of it, and leaves.
    let line = &kernel.debugger.line;
    line.give(b"\x03");
    line.give(&frame(b"D"));
    kernel.resumed();
    line.give(b"+");
    while line.state().transmit_interrupts {
        std::thread::yield_now();
    }
    line.taken();
    assert!(kernel.debugger.ask(GDB).starts_with("PacketSize="));
    assert_eq!(kernel.debugger.ask("D"), "OK");
    assert!(kernel.debugger.ask(GDB).starts_with("PacketSize="));
}

#[test]
fn text_that_takes_long_to_send_is_not_cut_by_the_next() {
    let kernel = running(&[0x90], &prints("text"));
    let line = &kernel.debugger.line;
    line.state().room = 1;
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    let mut said = vec![line.take(), line.take()];
    line.state().room = 0;
    kernel.machine.wait_us(1_001_000);
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    line.state().room = 16;
    while said.last() != Some(&b'#') {
        said.push(line.take());
    }
    assert_eq!(String::from_utf8_lossy(&said), "$O74657874#");
}

#[test]
fn a_request_to_stop_is_heard_while_text_waits() {
    let line = "x".repeat(400);
    let kernel = running(&[0x90], &prints(&line));
    for _ in 0..4 {
        run_into(&kernel);
        assert_eq!(kernel.hit_action(), HitAction::Continue);
    }
    kernel.debugger.line.give(b"\x03");
    let mut said = 0;
    let stop = loop {
        let packet = kernel.debugger.hear();
        if packet.starts_with('T') {
            break packet;
        }
        said += text_of(&packet).len();
    };
    assert!(stop.starts_with("T02"), "{stop}");
    assert_eq!(said, 4 * line.len());
}

#[test]
fn an_expression_that_fails_while_printing_says_so_and_stops_nothing() {
    let kernel = running(&[0x90], &format!("cmds:0,{LOST}"));
    run_into(&kernel);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    let said = printed(&kernel);
    assert_eq!(said, "commands at 0x0d000000: no memory there\n");
}
