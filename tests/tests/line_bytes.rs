//! Lines that always change some bytes: what they change is found out, and
//! avoided where that is possible.

use std::thread;
use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self, Answer};
use tests::clients::rsp::Rsp;
use tests::line::Endpoint;
use tests::line::changing::{Change, Changing, in_telnet};
use tests::machine::Setup;
use tests::scenes::text;

fn none(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

fn without_flow_control(bytes: &[u8]) -> Vec<u8> {
    let kept = bytes.iter().filter(|byte| !matches!(byte, 0x11 | 0x13));
    kept.copied().collect()
}

fn of_seven_bits(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte & 0x7F).collect()
}

fn with_cr_lf(bytes: &[u8]) -> Vec<u8> {
    let translate = |byte: &u8| match byte {
        b'\n' => b"\r\n".to_vec(),
        byte => vec![*byte],
    };
    bytes.iter().flat_map(translate).collect()
}

/// Reads the kernel's text, which has all the bytes that matter.
fn read(target: &Endpoint) -> Answer {
    let text = text::segment();
    let (start, len) = (text.start.to_string(), text.data.len().to_string());
    host_cli::json(target, &["read", &start, &len])
}

#[track_caller]
fn reads_all(answer: &Answer) {
    let data = answer.member("read")["data"].as_str().expect("digits");
    let text = text::segment().data;
    let expected: String = text.iter().map(|b| format!("{b:02x}")).collect();
    assert!(data == expected, "{} digits", data.len());
}

#[test]
fn flow_control_is_found_out_and_avoided() {
    for (to, from) in [
        (without_flow_control as Change, without_flow_control as Change),
        (none, without_flow_control),
        (without_flow_control, none),
    ] {
        let machine = Setup::demo().boot();
        let line = Changing::start(machine.endpoint(), b"", to, from);
        let answer = read(&line.end);
        reads_all(&answer);
        // Few questions have these bytes, so that it may not be noticed.
        let is_sure = from(b"\x11").is_empty();
        let is_said = answer.stderr.contains("eats XON and XOFF");
        assert!(is_said || !is_sure, "{answer:?}");
        // Every number of a question comes by.
        for _ in 0..30 {
            let answer = host_cli::json(&line.end, &["threads"]);
            assert_eq!(answer.code, 0, "{answer:?}");
        }
    }
}

#[test]
fn gdb_reads_and_writes_once_both_ends_avoid_flow_control() {
    let machine = Setup::demo().boot();
    let change: Change = without_flow_control;
    let line = Changing::start(machine.endpoint(), b"", change, change);
    reads_all(&read(&line.end));
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&line.end.for_gdb());
    gdb.command("set var *(unsigned *)($esp - 64) = 0x13111311");
    assert_eq!(gdb.number("*(unsigned *)($esp - 64)"), 0x1311_1311);
    gdb.command("detach");
    drop(gdb);
    let mut rsp = Rsp::connect(&line.end);
    rsp.ask("qSupported:swbreak+");
    assert_eq!(rsp.ask("X100000,0:"), "");
    assert_eq!(rsp.ask("D"), "OK");
}

#[test]
fn what_cannot_be_avoided_is_said() {
    let machine = Setup::demo().boot();
    for (to, from, sentence, hint) in [
        (
            of_seven_bits as Change,
            of_seven_bits as Change,
            "seven bits",
            "eight",
        ),
        (none, of_seven_bits, "seven bits", "eight"),
        (none, in_telnet, "speaks telnet", "ser2net"),
        (none, with_cr_lf, "ends of lines", "stty raw"),
        (with_cr_lf, with_cr_lf, "ends of lines", "stty raw"),
    ] {
        let line = Changing::start(machine.endpoint(), b"", to, from);
        let answer = read(&line.end);
        assert_eq!(answer.code, 4, "{sentence}: {}", answer.stderr);
        assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
        assert!(answer.stderr.contains(hint), "{}", answer.stderr);
        // The line is free again once the last client's bytes have come.
        thread::sleep(Duration::from_millis(500));
    }
    reads_all(&read(machine.endpoint()));
}
