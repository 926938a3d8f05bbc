//! What gdbstub would do wrong.
//!
//! A packet is gdbstub's unless one of these tests says why not. They run
//! gdbstub alone, on a target that offers it whatever it can use; the table
//! in `docs/gdb.md` names them. One that fails after an update of gdbstub is
//! good news: then the packet can be gdbstub's.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod target;

use gdbstub::stub::DisconnectReason;
use target::{
    After, BUFFER_BYTES, Machine, ask, breakpoint_report, reply, serialized,
    session,
};

/// Says what gdbstub answers where it knows nothing of the packet.
fn expect_unknown(packets: &[&str]) {
    for packet in packets {
        assert_eq!(reply(&mut Machine::new(), packet), "", "{packet}");
    }
}

/// Returns what is done to the machine when a packet lets it go.
fn resumed(packet: &str) -> Vec<String> {
    let mut machine = Machine::new();
    let (sent, after) = ask(&mut machine, packet);
    assert_eq!((sent.as_str(), after), ("", After::Running), "{packet}");
    machine.notes
}

#[test]
fn a_noisy_line_ends_the_session() {
    let machine = &mut Machine::new();
    for noise in [&b"-"[..], b"x", b"$g#00"] {
        assert_eq!(session(machine, &[noise]).1, After::Lost);
    }
}

#[test]
fn a_first_word_without_features_ends_the_session() {
    let machine = &mut Machine::new();
    assert_eq!(ask(machine, "qSupported").1, After::Lost);
    let offered = reply(machine, "qSupported:swbreak+");
    // The frame does not count, says the manual.
    assert!(offered.starts_with(&format!("PacketSize={BUFFER_BYTES:x};")));
    for feature in [
        "qXfer:osdata:read+",
        "ConditionalBreakpoints+",
        "BreakpointCommands+",
        "binary-upload+",
    ] {
        assert!(!offered.contains(feature), "{feature}");
    }
}

#[test]
fn every_stop_is_a_trap_without_registers() {
    assert_eq!(reply(&mut Machine::new(), "?"), "T05thread:01;");
}

#[test]
fn a_stop_is_told_with_what_nobody_has_asked_for() {
    let report = breakpoint_report(&mut Machine::new());
    assert!(report.starts_with("+$T05thread:01;swbreak:;#"), "{report}");
}

#[test]
fn plain_resumes_hold_the_other_threads_back() {
    let alone = ["continue 1 None", "the others stay", "resume"];
    assert_eq!(resumed("c"), alone);
    let alone = ["step 1 None", "the others stay", "resume"];
    assert_eq!(resumed("s"), alone);
    expect_unknown(&["C0b", "S0b"]);
}

#[test]
fn a_signal_for_all_is_lost() {
    assert_eq!(resumed("vCont;C0b"), ["resume"]);
    assert_eq!(resumed("vCont;C0b:1;c"), ["continue 1 Some(11)", "resume"]);
}

#[test]
fn a_word_that_begins_like_vcont_lets_the_system_go() {
    assert_eq!(resumed("vContinue"), ["the others stay", "resume"]);
}

#[test]
fn conditions_are_not_kept() {
    let machine = &mut Machine::new();
    for packet in ["Z0,1000,1;X3,220027", "Z0,1000,1;cmds:1,X3,220027"] {
        assert_eq!(reply(machine, packet), "OK");
        assert_eq!(machine.notes, ["breakpoint at 0x1000"]);
        machine.notes.clear();
    }
}

#[test]
fn a_watchpoint_for_reads_is_an_error() {
    // gdb takes one for any access only after an empty reply.
    assert_eq!(reply(&mut Machine::new(), "Z3,1000,4"), "E16");
}

#[test]
fn an_address_without_digits_is_0() {
    let machine = &mut Machine::new();
    assert_eq!(reply(machine, "Z0,,1"), "OK");
    assert_eq!(machine.notes, ["breakpoint at 0x0"]);
}

#[test]
fn a_long_read_has_a_hole_after_a_short_piece() {
    let machine = &mut Machine::new();
    machine.most_read = 4;
    // What does not fit in the buffer is read in pieces; the second is
    // taken from where the first would have ended.
    let data = reply(machine, "mfffff000,40");
    assert_eq!(data, "000102033a3b3c3d");
}

#[test]
#[should_panic(expected = "overflow")]
fn a_long_read_goes_past_the_last_address() {
    let machine = &mut Machine::new();
    machine.most_read = 1;
    // In a build that does not check sums it goes on at 0.
    reply(machine, "mffffffff,40");
}

#[test]
fn a_write_of_another_length_is_done() {
    let machine = &mut Machine::new();
    assert_eq!(reply(machine, "Mfffff000,4:aabb"), "OK");
    assert_eq!(machine.memory[..4], [0xAA, 0xBB, 2, 3]);
    assert_eq!(reply(machine, "Xfffff000,1:PQR"), "OK");
    assert_eq!(machine.memory[..4], *b"PQR\x03");
}

#[test]
fn an_x_is_written_as_0() {
    let machine = &mut Machine::new();
    assert_eq!(reply(machine, "Mfffff001,1:xx"), "OK");
    assert_eq!(machine.memory[1], 0);
    assert_eq!(reply(machine, "P0=xxxxxxxx"), "OK");
    assert_eq!(machine.notes, ["Eax = [0, 0, 0, 0]"]);
}

#[test]
fn a_missing_digit_shifts_what_it_is_part_of() {
    // `G` is decoded alike, but longer than the buffer here.
    let machine = &mut Machine::new();
    assert_eq!(reply(machine, "P0=2345678"), "OK");
    assert_eq!(machine.notes, ["Eax = [2, 34, 56, 78]"]);
}

#[test]
fn a_register_that_is_not_there_is_an_unknown_packet() {
    // Then gdb asks for no single register any more.
    expect_unknown(&["p99", "P99=00000000"]);
}

#[test]
fn registers_of_gdbstub_arch_are_never_unavailable() {
    let all = serialized(&Default::default());
    assert_eq!(all.len(), 616);
    assert!(!all.contains('x'), "x87 and SSE count as read");
}

#[test]
fn a_thread_that_is_not_there_is_selected() {
    assert_eq!(reply(&mut Machine::new(), "Hg7"), "OK");
    assert_eq!(ask(&mut Machine::new(), "Hg-1").1, After::Lost);
}

#[test]
fn threads_are_listed_in_one_packet_with_padded_ids() {
    let machine = &mut Machine::new();
    assert_eq!(reply(machine, "qfThreadInfo"), "m01,12");
    assert_eq!(reply(machine, "qsThreadInfo"), "l");
}

#[test]
fn a_thread_that_is_not_there_is_described() {
    // Its target learns only the id, and may not look.
    assert_eq!(reply(&mut Machine::new(), "qThreadExtraInfo,7"), "6869");
}

#[test]
fn documents_take_a_trip_more() {
    let machine = &mut Machine::new();
    for what in ["features:read:target.xml", "memory-map:read:"] {
        let whole = reply(machine, &format!("qXfer:{what}:0,30"));
        assert_eq!(whole, "m<document/>", "not the end yet");
        let end = reply(machine, &format!("qXfer:{what}:b,30"));
        assert_eq!(end, "l");
    }
}

#[test]
fn some_packets_are_unknown() {
    expect_unknown(&[
        "qC",
        "qXfer:osdata:read:processes:0,30",
        "qSearch:memory:fffff000;10;a",
        "qCRC:fffff000,10",
        "xfffff000,4",
        "QThreadSuffixSupported",
        "qqemu.PhyMemMode",
        "Qqemu.PhyMemMode:1",
        "vRun;",
        "QEnableErrorStrings",
        "jThreadsInfo",
        "qMemoryRegionInfo:1000",
    ]);
}

#[test]
fn each_bit_of_a_command_s_output_is_a_packet() {
    let said = reply(&mut Machine::new(), "qRcmd,6869");
    // 15 bytes of frames, and an answer to wait for after each.
    assert_eq!(said, "O6f6e6520|O74776f|OK");
}

#[test]
fn a_farewell_is_whatever_begins_like_one() {
    let left = After::Gone(DisconnectReason::Disconnect);
    assert_eq!(ask(&mut Machine::new(), "Dx"), ("OK".to_owned(), left));
    assert_eq!(ask(&mut Machine::new(), "kx").1, After::Lost);
}
