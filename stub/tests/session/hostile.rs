//! Whatever arrives, the stub lives, and the next debugger is served.

use crate::debugger::{GDB, frame};
use crate::kernel::Kernel;
use crate::line::FakeLine;
use fake_machine::{FakeMachine, SHARED};
use proptest::prelude::*;
use stub::Session;

#[test]
fn bad_packets_never_lose_the_session() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for packet in [
        "Hg-1",
        "Hc",
        "H",
        "Hx1",
        "Hgp1.zz",
        "T-1",
        "T",
        "Tp1.-1",
        "vCont;t",
        "vCont;t:1",
        "vCont;s",
        "vCont;r1,2",
        "vCont;x",
        "vCont",
        "vCont;",
        "G00",
        "G",
        "Gzz",
        "m123456789abcdef0,4",
        "m0",
        "m",
        "mzz,1",
        "m0,zz",
        "m0,ffffffffffffffff",
        "mffffffff,2",
        "M0,1",
        "M0,1:zz",
        "M1234567890,1:00",
        "X0",
        "X0,1",
        "Z0",
        "Z0,zz,1",
        "Z0,,1",
        "Z9,0,1",
        "Z0,ffffffffffffffff,1",
        "z0,ffffffffffffffff,1",
        "Z",
        "p",
        "pzz",
        "pffffffffffffffffff",
        "P",
        "P0",
        "P0=",
        "P0=zz",
        "P0=00",
        "Pff=00000000",
        "qXfer:features:read:",
        "qXfer:features:read:x:0,1",
        "qXfer:features:read:target.xml:0",
        "qThreadExtraInfo",
        "qThreadExtraInfo,",
        "qThreadExtraInfo,zz",
        "qThreadExtraInfo,-1",
        "D;zz",
        "Dx",
        "kx",
        "vKill",
        "vKill;",
        "vKill;zz",
        "C",
        "Czz",
        "C05;",
        "S",
        "cx",
        "c1234",
        "s1234",
        "?x",
        "gx",
        "qSupportedx",
        "QThreadEvents:1",
        "vFile:open:",
        "vAttach;1",
        "vRun;",
        "R00",
        "!",
        "bc",
        "bs",
        "",
        "}",
        "}]",
        "qOffsets",
        "qTStatus",
    ] {
        gdb.line.give(&frame(packet.as_bytes()));
        assert_eq!(char::from(gdb.line.take()), '+', "{packet}");
        let reply = gdb.hear();
        let is_refused = reply.is_empty() || reply.starts_with('E');
        assert!(
            is_refused
                || matches!(packet, "Hg-1" | "m0,ffffffffffffffff")
                // The reason is the description.
                || packet.starts_with("qThreadExtraInfo,"),
            "{packet}: {reply}"
        );
        assert_eq!(gdb.ask("qC"), "QC1", "after {packet}");
        kernel.expect_stopped();
    }
    let registers = gdb.ask("g");
    assert!(registers.starts_with("00000100"), "{registers}");
}

#[test]
fn what_says_something_else_than_it_has_is_not_written() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let read = format!("m{SHARED:x},2");
    let before = (gdb.ask("g"), gdb.ask(&read));
    for packet in [
        format!("M{SHARED:x},2:aa"),
        format!("M{SHARED:x},1:aaaa"),
        format!("M{SHARED:x},1:xx"),
        format!("X{SHARED:x},2:a"),
        format!("X{SHARED:x},1:aa"),
        format!("X{SHARED:x},2:}}a"),
        "P0=xxxxxxxx".to_owned(),
        format!("Gxx{}", "00".repeat(175)),
    ] {
        assert!(gdb.ask(&packet).starts_with('E'), "{packet}");
    }
    assert_eq!((gdb.ask("g"), gdb.ask(&read)), before);
    let back = format!("G{}", before.0);
    assert_eq!(gdb.ask(back), "OK", "with x for x87");
}

#[test]
fn a_client_may_ask_for_its_first_word_again_and_again() {
    let kernel = Kernel::attached();
    for hello in ["qSupported", "qSupported:", "qSupported:;;x;", GDB] {
        let offered = kernel.debugger.ask(hello);
        assert!(offered.starts_with("PacketSize=1000;"), "{hello}");
    }
}

/// What makes sense and what does not, mixed.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let packet = prop_oneof![
        Just(GDB.as_bytes().to_vec()),
        "[cCsSgGmMpPHTDkzZXv?q][0-9a-f,;:=.cs-]{0,12}"
            .prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..20),
        Just(b"vCont;c".to_vec()),
        Just(b"Z0,d000000,1".to_vec()),
    ];
    prop_oneof![
        3 => packet.prop_map(|body| frame(&body)),
        1 => prop::collection::vec(any::<u8>(), 0..30),
        1 => prop::collection::vec(
            prop::sample::select(b"$#%+-}\x03*09af".to_vec()), 0..12),
        1 => Just(b"+".to_vec()),
        1 => Just(b"\x03".to_vec()),
    ]
}

proptest! {
    #[test]
    fn any_stream_of_bytes_is_survived(
        pieces in prop::collection::vec(pieces(), 0..12),
    ) {
        let machine = FakeMachine::new();
        let line = FakeLine::new();
        let mut session =
            Box::new(Session::new(machine.clone(), line.clone()));
        line.give(&pieces.concat());
        // Then a debugger comes, asks, and leaves. It is heard whatever
        // state the stream has left, because `$` begins a frame anywhere
        // but where a checksum is awaited.
        line.give(b"00");
        line.give(&frame(b"qSupported"));
        line.give(b"+");
        line.give(&frame(b"g"));
        line.give(b"+");
        line.give(&frame(b"D"));
        let mut interrupts = 0;
        while !line.state().to_stub.is_empty() {
            session.on_interrupt();
            interrupts += 1;
            prop_assert!(interrupts < 1000, "it never ends");
        }
        while line.state().transmit_interrupts {
            session.on_interrupt();
        }
        prop_assert!(!session.is_open());
        prop_assert!(!machine.clone().state().window_is_open);
        let sent = line.taken();
        let text = String::from_utf8_lossy(&sent);
        let end = text.rfind("$PacketSize").expect("an offer");
        let end = &text[end..];
        prop_assert!(end.ends_with("+$OK#9a"), "{}", end);
        prop_assert!(end.contains("7f030"), "its registers: {}", end);
        // Nothing is left behind in memory.
        let state = machine.state();
        prop_assert!(state.tasks.values().all(|task| !task.steps));
    }
}
