//! What a debugger may do, and what happens when it vanishes.

use crate::debugger::{Debugger, GDB, frame};
use crate::kernel::{GO_ON, Kernel};
use fake_machine::{KERNEL, SHARED};
use stub::embed::{Access, OnLoss, Received, Resume, Stop};
use wire::frame::query_frame;
use wire::query::{MAX_REQUEST_BYTES, Query, Request, encode_request};

/// Sends a query, and takes its answer off the line.
fn query(gdb: &Debugger, query: Query) {
    let mut buffer = [0; MAX_REQUEST_BYTES];
    let request = Request { id: 7, query };
    let body = encode_request(&request, &mut buffer).expect("it fits");
    gdb.line.give(&query_frame::<Vec<u8>>(body));
    assert_eq!(gdb.line.take(), b'%');
    while gdb.line.take() != b'#' {}
    gdb.line.take();
    gdb.line.take();
}

#[test]
fn who_may_only_look_stops_nothing_and_is_told_where_to_look() {
    let kernel = Kernel::boot_with(Access::Inspect, OnLoss::Stop);
    let gdb = &kernel.debugger;
    assert!(gdb.ask(GDB).starts_with("PacketSize"));
    for wanted in [
        "?".to_owned(),
        "g".to_owned(),
        "p8".to_owned(),
        "P8=00000000".to_owned(),
        "vCont;c".to_owned(),
        "vCont;s:p1.1".to_owned(),
        "c".to_owned(),
        "s".to_owned(),
        "k".to_owned(),
        "vKill;1".to_owned(),
        format!("M{SHARED:x},1:00"),
        format!("X{SHARED:x},1:0"),
        format!("Z0,{KERNEL:x},1"),
        "qRcmd,7265736574".to_owned(),
        "vMustReplyEmpty".to_owned(),
    ] {
        let refusal = gdb.ask(&wanted);
        assert!(refusal.starts_with("E."), "{wanted}: {refusal}");
        assert!(refusal.contains("host-cli"), "{wanted}: {refusal}");
    }
    for _ in 0..3 {
        gdb.line.give_events([Received::Byte(3), Received::Break]);
    }
    // Nothing has stopped, nothing has changed.
    assert_eq!(gdb.ask("vCont?"), "");
    assert_eq!(gdb.ask("qfThreadInfo"), "m1,2,3");
    assert_eq!(gdb.ask("Hgp1.3"), "OK");
    assert_eq!(gdb.ask(format!("m{SHARED:x},2")), "0209");
    assert_eq!(kernel.machine.byte(1, SHARED), 1);
    assert_eq!(gdb.ask("D"), "OK");
    assert_eq!(kernel.machine.byte(1, KERNEL), 0);
    kernel.expect_stopped();
}

#[test]
fn a_panic_can_be_looked_at_by_who_may_only_look() {
    let kernel = Kernel::boot_with(Access::Inspect, OnLoss::Stop);
    kernel.trap(Stop::Panic);
    let gdb = &kernel.debugger;
    assert!(gdb.ask(GDB).starts_with("PacketSize"));
    assert!(gdb.ask("?").starts_with("E."));
    assert!(gdb.ask("vCont;c").starts_with("E."));
    query(gdb, Query::Hello);
    kernel.expect_stopped();
}

#[test]
fn plain_gdb_never_counts_as_lost() {
    let kernel = Kernel::boot_with(Access::Full, OnLoss::Continue);
    let gdb = &kernel.debugger;
    gdb.ask(GDB);
    kernel.machine.wait_us_seen(2_000_000_000);
    assert_eq!(gdb.ask("qC"), "QC1");
    kernel.expect_stopped();
}

#[test]
fn when_the_signals_fall_all_goes_on_without_breakpoints() {
    let kernel = Kernel::boot_with(Access::Full, OnLoss::Continue);
    let gdb = &kernel.debugger;
    gdb.line.state().peer_signals = 0x80;
    gdb.ask(GDB);
    assert_eq!(gdb.ask(format!("Z0,{KERNEL:x},1")), "OK");
    assert_eq!(kernel.machine.byte(1, KERNEL), 0xCC);
    gdb.line.state().peer_signals = 0;
    assert_eq!(kernel.resumed(), GO_ON);
    assert_eq!(kernel.machine.byte(1, KERNEL), 0);
    // The next one is served, and is not lost because nothing is wired.
    gdb.line.taken();
    gdb.ask(GDB);
    assert_eq!(gdb.ask("qC"), "QC1");
    kernel.expect_stopped();
}

#[test]
fn who_promised_to_be_heard_and_is_not_is_lost() {
    let kernel = Kernel::boot_with(Access::Full, OnLoss::Continue);
    let gdb = &kernel.debugger;
    gdb.ask(GDB);
    assert_eq!(gdb.ask(format!("Z0,{KERNEL:x},1")), "OK");
    query(gdb, Query::Heartbeat { every_ms: 60_000 });
    for _ in 0..5 {
        kernel.machine.wait_us_seen(170_000_000);
        // Whatever is said counts.
        assert_eq!(gdb.ask("qC"), "QC1");
        kernel.machine.wait_us_seen(170_000_000);
        query(gdb, Query::Hello);
    }
    kernel.expect_stopped();
    kernel.machine.wait_us(181_000_000);
    assert_eq!(kernel.resumed(), GO_ON);
    assert_eq!(kernel.machine.byte(1, KERNEL), 0);
}

#[test]
fn a_fault_that_nobody_sees_any_more_takes_its_course() {
    let kernel = Kernel::boot_with(Access::Full, OnLoss::Continue);
    let gdb = &kernel.debugger;
    gdb.ask(GDB);
    query(gdb, Query::Heartbeat { every_ms: 60_000 });
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.machine.wait_us(200_000_000);
    let address = layout::VirtAddr(0);
    kernel.trap(Stop::Fault { vector: 14, code: 4, address });
    let course = Resume { deliver_fault: true, ..GO_ON };
    assert_eq!(kernel.resumed(), course);
}

#[test]
fn by_default_the_system_waits_for_the_next_one() {
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    gdb.line.state().peer_signals = 0x80;
    gdb.ask(GDB);
    query(gdb, Query::Heartbeat { every_ms: 60_000 });
    gdb.line.state().peer_signals = 0;
    kernel.machine.wait_us(200_000_000);
    assert_eq!(gdb.ask("qC"), "QC1");
    kernel.expect_stopped();
}

#[test]
fn a_long_packet_does_not_spoil_a_reply_that_is_leaving() {
    let kernel = Kernel::boot_with(Access::Inspect, OnLoss::Stop);
    let gdb = &kernel.debugger;
    gdb.line.give(&frame(format!("m{SHARED:x},400").as_bytes()));
    gdb.line.give(&frame("y".repeat(5000).as_bytes()));
    gdb.line.give(&frame(b"qC"));
    let mut sent = Vec::new();
    while sent.iter().filter(|byte| **byte == b'#').count() < 1 {
        sent.push(gdb.line.take());
    }
    let starts = sent.iter().filter(|byte| **byte == b'$').count();
    assert_eq!(starts, 1, "{}", sent.escape_ascii());
}
