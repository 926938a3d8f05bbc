//! Lines that always change some bytes: what they change is found out, and
//! avoided where that is possible.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self, Answer};
use tests::clients::rsp::Rsp;
use tests::line::Endpoint;
use tests::machine::{Machine, Setup};
use tests::scenes::text;

/// What becomes of some bytes.
type Change = fn(&[u8]) -> Vec<u8>;

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

fn in_telnet(bytes: &[u8]) -> Vec<u8> {
    let double = |byte: &u8| vec![*byte; if *byte == 0xFF { 2 } else { 1 }];
    bytes.iter().flat_map(double).collect()
}

fn with_cr_lf(bytes: &[u8]) -> Vec<u8> {
    let translate = |byte: &u8| match byte {
        b'\n' => b"\r\n".to_vec(),
        byte => vec![*byte],
    };
    bytes.iter().flat_map(translate).collect()
}

/// A line to a machine that changes what goes to it and what comes from it.
/// One client after the other can use it.
fn changing(
    machine: &Machine,
    to: Change,
    from: Change,
) -> (TempDir, Endpoint) {
    let Endpoint::Unix(far) = machine.endpoint().clone() else {
        panic!("it has a socket");
    };
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let near = scratch.path().join("line");
    let listener = UnixListener::bind(&near).expect("it can be bound");
    thread::spawn(move || {
        while let Ok((near, _)) = listener.accept() {
            let far = UnixStream::connect(&far).expect("the machine is there");
            let both = |line: &UnixStream| line.try_clone().expect("a handle");
            let (near_in, far_out) = (both(&near), both(&far));
            let there = thread::spawn(move || carry(near_in, far_out, to));
            carry(far, near, from);
            let _ = there.join();
        }
    });
    (scratch, Endpoint::Unix(near))
}

fn carry(mut from: UnixStream, mut to: UnixStream, change: Change) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&change(&bytes[..count])).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
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
        let (_scratch, target) = changing(&machine, to, from);
        let answer = read(&target);
        reads_all(&answer);
        // Few questions have these bytes, so that it may not be noticed.
        let is_sure = from(b"\x11").is_empty();
        let is_said = answer.stderr.contains("eats XON and XOFF");
        assert!(is_said || !is_sure, "{answer:?}");
        // Every number of a question comes by.
        for _ in 0..30 {
            let answer = host_cli::json(&target, &["threads"]);
            assert_eq!(answer.code, 0, "{answer:?}");
        }
    }
}

#[test]
fn gdb_reads_and_writes_once_both_ends_avoid_flow_control() {
    let machine = Setup::demo().boot();
    let change: Change = without_flow_control;
    let (_scratch, target) = changing(&machine, change, change);
    reads_all(&read(&target));
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&target.for_gdb());
    gdb.command("set var *(unsigned *)($esp - 64) = 0x13111311");
    assert_eq!(gdb.number("*(unsigned *)($esp - 64)"), 0x1311_1311);
    gdb.command("detach");
    drop(gdb);
    let mut rsp = Rsp::connect(&target);
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
        let (_scratch, target) = changing(&machine, to, from);
        let answer = read(&target);
        assert_eq!(answer.code, 4, "{sentence}: {}", answer.stderr);
        assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
        assert!(answer.stderr.contains(hint), "{}", answer.stderr);
        // The line is free again once the last client's bytes have come.
        thread::sleep(Duration::from_millis(500));
    }
    reads_all(&read(machine.endpoint()));
}
