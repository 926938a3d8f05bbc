//! A line that loses, changes and adds bytes.

use crate::debugger::{GDB, frame};
use crate::kernel::Kernel;
use fake_machine::SHARED;
use stub::embed::{Received, Stop};

#[test]
fn a_damaged_packet_is_asked_for_again() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for damaged in ["$qC#00", "$qC#zz", "$qCx#b4"] {
        gdb.line.give(damaged.as_bytes());
        assert_eq!(char::from(gdb.line.take()), '-', "{damaged}");
        assert_eq!(gdb.ask("qC"), "QC1");
    }
}

#[test]
fn a_reply_is_sent_again_when_asked_for_but_not_for_ever() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("qC");
    assert_eq!(gdb.hear_silently(), "QC1");
    for _ in 0..10 {
        gdb.line.give(b"-");
        assert_eq!(gdb.hear_silently(), "QC1");
    }
    gdb.line.give(b"-+");
    assert_eq!(gdb.ask("Hg0"), "OK");
    gdb.line.give(b"-");
    assert_eq!(gdb.ask("Hg1"), "OK", "what was acknowledged is done with");
}

#[test]
fn a_packet_whose_reply_was_lost_is_answered_again_but_not_done_again() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let write = format!("M{SHARED:x},1:aa");
    gdb.say(&write);
    assert_eq!(gdb.hear_silently(), "OK");
    {
        // If it were done again, this would be undone.
        let mut state = kernel.machine.state();
        let directory = state.tasks[&1].directory.0;
        let frame = state.frame_of(directory, SHARED) as usize;
        state.memory[frame] = 0xBB;
    }
    assert_eq!(gdb.ask(&write), "OK");
    assert_eq!(kernel.machine.byte(1, SHARED), 0xBB);
    assert_eq!(gdb.ask(&write), "OK");
    assert_eq!(kernel.machine.byte(1, SHARED), 0xAA);
}

#[test]
fn a_repeated_resume_is_acknowledged_and_nothing_else() {
    for resume in ["vCont;c", "c", "C00"] {
        let kernel = Kernel::attached();
        let gdb = &kernel.debugger;
        gdb.say(resume);
        kernel.resumed();
        gdb.say(resume);
        gdb.line.give(b"-");
        gdb.say(resume);
        gdb.expect_silence();
        kernel.expect_stopped();
        kernel.trap(Stop::Panic);
        assert!(gdb.hear_silently().starts_with("T06"));
        // Its acknowledgement was lost, and gdb never saw the stop.
        gdb.say(resume);
        assert!(gdb.hear().starts_with("T06"));
        kernel.expect_stopped();
    }
}

#[test]
fn ctrl_c_before_a_stop_is_acknowledged_does_not_repeat_it() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap(Stop::Panic);
    assert!(gdb.hear_silently().starts_with("T06"));
    // They have crossed on the line: lldb would take a second report for the
    // answer to its next packet. One that was lost is sent again by itself.
    gdb.line.give(b"\x03+");
    assert_eq!(gdb.ask("qC"), "QC1");
}

#[test]
fn a_packet_longer_than_promised_is_refused() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let data = "y".repeat(4096 - 15);
    let fits = format!("X{SHARED:x},{:x}:{data}", data.len());
    assert!(fits.len() <= 4096);
    assert_eq!(gdb.ask(&fits), "OK");
    assert_eq!(gdb.ask(format!("m{SHARED:x},2")), "7979");
    assert_eq!(gdb.ask("y".repeat(4097)), "E1c");
    assert_eq!(gdb.ask("y".repeat(100_000)), "E1c");
    assert_eq!(gdb.ask("qC"), "QC1");
}

#[test]
fn half_a_packet_is_forgotten_after_a_pause() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c");
    kernel.resumed();
    gdb.line.give(b"$m0");
    while !gdb.line.state().to_stub.is_empty() {
        std::thread::yield_now();
    }
    kernel.machine.wait_us(301_000);
    gdb.line.give(b"\x03");
    assert!(gdb.hear().starts_with("T02"));
}

#[test]
fn noise_between_packets_changes_nothing() {
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    for noise in [&b"\x00\xffhello"[..], b"+++-+", b"\x03\x03", b"%!#zz"] {
        gdb.line.give(noise);
        assert!(gdb.ask(GDB).starts_with("PacketSize"));
        gdb.line.give(noise);
        assert_eq!(gdb.ask("qC"), "QC1");
        gdb.line.give(noise);
        assert_eq!(gdb.ask("D"), "OK");
        kernel.resumed();
    }
}

#[test]
fn what_arrives_while_a_reply_is_sent_is_kept() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.line.state().room = 0;
    gdb.line.give(&frame(b"qC"));
    gdb.line.give(b"+");
    gdb.line.give(&frame(b"Hg3"));
    gdb.line.state().room = 1;
    assert_eq!(char::from(gdb.line.take()), '+');
    assert_eq!(gdb.hear_silently(), "QC1");
    assert_eq!(char::from(gdb.line.take()), '+');
    assert_eq!(gdb.hear(), "OK");
}

#[test]
fn every_repetition_of_a_packet_is_answered() {
    // Each may be the first word of another debugger: they all say the same.
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    for _ in 0..30 {
        gdb.say(GDB);
        assert!(gdb.hear_silently().starts_with("PacketSize"));
    }
}

#[test]
fn no_debugger_does_without_acknowledgements() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert!(!gdb.ask(GDB).contains("QStartNoAckMode"));
    // lldb asks for it all the same.
    assert_eq!(gdb.ask("QStartNoAckMode"), "");
    assert_eq!(gdb.ask("qC"), "QC1");
}

#[test]
fn a_break_stops_the_system_for_a_debugger_only() {
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    gdb.line.give_events([Received::Break]);
    assert_eq!(gdb.ask("qC"), "", "nobody is there");
    kernel.expect_stopped();
    gdb.ask(GDB);
    gdb.say("vCont;c");
    kernel.resumed();
    gdb.line.give_events([Received::Break]);
    assert!(gdb.hear().starts_with("T02"));
    gdb.say("vCont;c");
    kernel.resumed();
    // Within a frame it only ends the frame.
    gdb.line.give(b"$m0");
    gdb.line.give_events([Received::Break, Received::Break]);
    assert!(gdb.hear().starts_with("T02"));
}

#[test]
fn a_byte_that_the_receiver_knows_to_be_damaged_spoils_its_packet() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    // Its sum is that of `qC`.
    gdb.line.give(b"$qC");
    gdb.line.give_events([Received::Damaged]);
    gdb.line.give(b"#b4");
    assert_eq!(char::from(gdb.line.take()), '-');
    assert_eq!(gdb.ask("qC"), "QC1");
}

#[test]
fn a_stop_that_was_lost_is_told_again_after_a_while() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap(Stop::Panic);
    assert!(gdb.hear_silently().starts_with("T06"));
    for _ in 0..10 {
        kernel.machine.wait_us(1_001_000);
        assert!(gdb.hear_silently().starts_with("T06"));
    }
    kernel.machine.wait_us_seen(1_001_000);
    assert_eq!(gdb.ask("qC"), "QC1");
}

#[test]
fn half_a_packet_before_a_pause_does_not_swallow_what_is_behind() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for half in ["$m0", "$qC#", "$qC#b", "%ab"] {
        gdb.line.give(half.as_bytes());
        while !gdb.line.state().to_stub.is_empty() {
            std::thread::yield_now();
        }
        kernel.machine.wait_us_seen(301_000);
        gdb.line.give(b"+");
        assert_eq!(gdb.ask("qC"), "QC1", "after {half}");
    }
}

#[test]
fn a_pause_within_what_came_while_sending_counts_as_well() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.line.state().room = 0;
    gdb.line.give(&frame(b"qC"));
    gdb.line.give(b"$m0");
    while !gdb.line.state().to_stub.is_empty() {
        std::thread::yield_now();
    }
    kernel.machine.wait_us(301_000);
    gdb.line.give(&frame(b"Hg3")[1..]);
    gdb.line.give(&frame(b"Hg3"));
    while !gdb.line.state().to_stub.is_empty() {
        std::thread::yield_now();
    }
    gdb.line.state().room = 1;
    assert_eq!(char::from(gdb.line.take()), '+');
    assert_eq!(gdb.hear_silently(), "QC1");
    // The half frame and what had no beginning are gone.
    assert_eq!(char::from(gdb.line.take()), '+');
    assert_eq!(gdb.hear(), "OK");
}

#[test]
fn the_refusal_of_a_long_packet_is_no_answer_to_the_one_before() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask("qC"), "QC1");
    gdb.say("y".repeat(5000));
    assert_eq!(gdb.hear_silently(), "E1c");
    assert_eq!(gdb.ask("qC"), "QC1");
}

#[test]
fn a_farewell_that_makes_no_sense_does_not_look_like_a_stop() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say("vCont;c");
    kernel.resumed();
    for nonsense in ["D;zz", "vKill", "vKill;zz", "m0,4", "?"] {
        assert_eq!(gdb.ask(nonsense), "", "{nonsense}");
    }
    gdb.line.give(b"\x03");
    assert!(gdb.hear().starts_with("T02"));
}
