//! Peers that are silent, broken, or something else altogether.

use crate::image::elf;
use crate::kernel::Kernel;
use crate::peer::{
    Peer, TARGET, after_a_reset, answer_all, head, reply, reply_body,
};
use crate::program::{Run, finish, program};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use wire::frame::{Decoder, Event, Kind, query_frame};
use wire::query::{Query, Status, VERSION};

/// Runs a command and checks exit code, error code and document alike.
#[track_caller]
fn fails(peer: &Peer, exit: i32, code: &str, speaks_of: &str) -> Run {
    let arguments = ["--json", "--timeout", "700", "translate", "0xb000"];
    let run = peer.run(&arguments);
    run.fails(exit, speaks_of);
    let document = run.json();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["command"], "translate");
    assert_eq!(document["target"], TARGET);
    assert_eq!(document["error"]["code"], code);
    assert_eq!(document["translation"], Value::Null);
    run
}

/// Reads until the other end closes.
fn drain(mut connection: UnixStream) {
    let mut bytes = [0; 256];
    while matches!(connection.read(&mut bytes), Ok(1..)) {}
}

#[test]
fn a_target_that_is_not_there_cannot_be_opened() {
    let directory = TempDir::new().expect("a directory");
    for target in [
        "unix:absent",
        "pty:/dev/absent",
        "serial:absent,9600",
        // Nothing listens on this port.
        "tcp:127.0.0.1:1",
    ] {
        let arguments = ["-t", target, "--json", "info"];
        let run = finish(program(directory.path(), &arguments));
        run.fails(3, &format!("cannot open {target}"));
        let document = run.json();
        assert_eq!(document["error"]["code"], "cannot_open");
        assert_eq!(document["running"], Value::Null);
        for member in ["link", "stub", "image", "stop"] {
            assert!(document.as_object().expect("one").contains_key(member));
            assert_eq!(document[member], Value::Null);
        }
    }
}

#[test]
fn a_connection_that_is_never_accepted_is_given_up() {
    let directory = TempDir::new().expect("a directory");
    // Connections wait in the backlog and are never accepted.
    let _socket = UnixListener::bind(directory.path().join("line"));
    let arguments = ["-t", TARGET, "--timeout", "300", "threads"];
    let run = finish(program(directory.path(), &arguments));
    run.fails(3, "nothing answered for 300 ms");
}

#[test]
fn silence_from_the_start_means_no_stub() {
    let run = fails(&Peer::new(drain), 3, "cannot_open", "nothing answered");
    assert!(run.stderr.contains("debug="), "{run:?}");
}

#[test]
fn garbage_suggests_a_wrong_baud_rate() {
    let peer = Peer::new(|mut connection| {
        let mut noise = 1_u32;
        loop {
            noise = noise.wrapping_mul(0x9E37_79B1).rotate_left(7);
            if connection.write_all(&noise.to_le_bytes()).is_err() {
                return;
            }
        }
    });
    let run = fails(&peer, 3, "cannot_open", "make no sense");
    assert!(run.stderr.contains("baud rate"), "{run:?}");
}

#[test]
fn an_echo_is_not_taken_for_an_answer() {
    let peer = Peer::new(|mut connection| {
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = connection.read(&mut bytes) {
            connection.write_all(&bytes[..count]).expect("it is read");
        }
    });
    fails(&peer, 3, "cannot_open", "echo");
}

#[test]
fn another_gdb_stub_is_named_as_such() {
    for packet in [&b"$T02thread:01;#04"[..], b"+", b"-"] {
        let peer = Peer::new(move |mut connection| {
            connection.write_all(packet).expect("it is read");
            drain(connection);
        });
        fails(&peer, 7, "timeout", "the GDB stub fell silent");
    }
}

#[test]
fn a_gdb_stub_that_ignores_our_questions_is_found_by_its_nak() {
    // As QEMU's: whatever is not a packet is ignored.
    let peer = Peer::new(|mut connection| {
        let mut decoder = Decoder::<64>::new();
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = connection.read(&mut bytes) {
            for byte in &bytes[..count] {
                match decoder.push(*byte) {
                    Event::BadChecksum(Kind::Rsp) => {
                        connection.write_all(b"-").expect("it is read");
                    }
                    // It knows nothing of what it is asked.
                    Event::Frame(Kind::Rsp) => {
                        connection.write_all(b"+$#00").expect("it is read");
                    }
                    _ => {}
                }
            }
        }
    });
    fails(&peer, 5, "refused", "its GDB stub does not tell them");
}

#[test]
fn a_line_closed_before_any_answer_cannot_be_opened() {
    let peer = Peer::new(drop);
    fails(&peer, 3, "cannot_open", "the line was");
    let peer = Peer::new(|mut connection| {
        connection.write_all(b"%half a fra").expect("it is read");
    });
    fails(&peer, 3, "cannot_open", "the line was");
}

#[test]
fn a_line_cut_during_an_answer_has_failed() {
    let mut kernel = Kernel::new();
    let mut asked = 0;
    let peer = Peer::new(move |connection| {
        let mut line = connection.try_clone().expect("a socket");
        let peer = connection;
        answer_all(peer, move |request| {
            asked += 1;
            let answer = kernel.answer(&request);
            if asked < 3 {
                return Some(answer);
            }
            line.write_all(&answer[..answer.len() / 2]).expect("it is read");
            None
        });
    });
    let run = peer.run(&["--json", "read", "0x100000", "16KiB"]);
    run.fails(4, "closed by the other end, in the middle of an answer");
    let document = run.json();
    assert_eq!(document["error"]["code"], "link");
    assert_eq!(document["running"], true);
    // What came before is not lost.
    assert_eq!(document["read"]["bytes"], 2 * 4032);
}

#[test]
fn silence_after_an_answer_is_a_timeout() {
    let mut kernel = Kernel::new();
    let mut answers = 1;
    let peer = Peer::answering(move |request| {
        let answer = kernel.answer(&request);
        answers -= 1;
        Some(if answers >= 0 { answer } else { Vec::new() })
    });
    let run =
        peer.run(&["--json", "--timeout=300", "read", "0x100000", "8KiB"]);
    run.fails(7, "fell silent");
    assert_eq!(run.json()["error"]["code"], "timeout");
    assert_eq!(run.json()["read"]["bytes"], 4032);
}

#[test]
fn answers_to_others_are_ignored() {
    let peer = Peer::answering(|request| {
        let mut head = head(&request);
        head.id = request.id.wrapping_add(100);
        Some(reply(&head, &[]))
    });
    fails(&peer, 7, "timeout", "fell silent");
}

#[test]
fn another_version_is_one_clear_sentence() {
    let version = VERSION + 8;
    let peer = Peer::answering(move |request| {
        Some(query_frame(&reply_body(version, &head(&request), &[])))
    });
    let sentence = format!(
        "the target speaks version {version} of the query protocol, this \
         host-cli version {VERSION}"
    );
    fails(&peer, 5, "refused", &sentence);
}

#[test]
fn an_answer_that_makes_no_sense_is_refused() {
    let peer = Peer::answering(|request| Some(reply(&head(&request), &[])));
    fails(&peer, 5, "refused", "makes no sense");
    let peer = Peer::answering(|_| {
        let crc = wire::query::CRC.checksum(&[VERSION]).to_le_bytes();
        Some(query_frame(&[&[VERSION], &crc[..]].concat()))
    });
    fails(&peer, 5, "refused", "makes no sense");
}

#[test]
fn what_the_target_cannot_answer_is_refused() {
    for (status, speaks_of) in [
        (Status::Unsupported, "does not support"),
        (Status::NotUnderstood, "did not understand"),
        (Status::Faulted, "faulted while answering"),
        (
            Status::NoMemory(layout::PhysAddr(0xDEAD_B000)),
            "no memory at physical address 0xdeadb000",
        ),
    ] {
        let peer = Peer::answering(move |request| {
            let mut head = head(&request);
            head.status = status;
            Some(reply(&head, &[]))
        });
        fails(&peer, 5, "refused", speaks_of);
    }
}

#[test]
fn an_inconsistent_answer_says_so() {
    let peer = Peer::answering(|request| {
        let mut head = head(&request);
        head.consistent = false;
        head.running = false;
        Some(reply(&head, &[]))
    });
    let document = peer.run(&["--json", "threads"]).json();
    assert_eq!(document["consistent"], false);
    assert_eq!(document["running"], false);
    assert_eq!(document["pause_us"], Value::Null);
    assert_eq!(document["stolen_us"], Value::Null);
}

#[test]
fn answers_of_two_boots_are_never_taken_for_one() {
    for command in [
        "read 0x100000 16KiB",
        "threads -i kernel.elf",
        "regions --all",
        "log --follow",
        "search 0xb000 4KiB 2323c1c1 --most 3",
    ] {
        let mut kernel = Kernel::new();
        let mut answers = 0;
        let peer = Peer::answering(move |request| {
            answers += 1;
            let answer = kernel.answer(&request);
            Some(if answers < 2 { answer } else { after_a_reset(&answer) })
        });
        peer.file("kernel.elf", &elf(0x0010_0000, b"other", &[]));
        let words = ["--json"].into_iter().chain(command.split(' '));
        let run = peer.run(&words.collect::<Vec<_>>());
        run.fails(4, "the system was reset during this command");
        let document = run.json();
        assert_eq!(document["error"]["code"], "link", "{command}");
        assert_eq!(document["boot"], 0x2F1D, "{command}");
    }
}

#[test]
fn a_task_that_ends_during_regions_all_is_left_out() {
    let mut kernel = Kernel::new();
    let peer = Peer::answering(move |request| {
        let space = wire::query::Space::Task(4);
        if let Query::Regions { space: asked, .. } = request.query
            && asked == space
        {
            let mut head = head(&request);
            head.status = Status::NoSuchTask;
            return Some(reply(&head, &[]));
        }
        Some(kernel.answer(&request))
    });
    let document = peer.run(&["--json", "regions", "--all"]).json();
    assert_eq!(document["error"], Value::Null);
    assert_eq!(document["consistent"], false);
    let rows = document["regions"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["task"] == 5));
    assert!(!rows.iter().any(|row| row["task"] == 4));
}

#[test]
fn ctrl_c_ends_a_wait() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let peer = Peer::new(move |connection| {
        let mut line = BufReader::new(connection);
        let _ = line.read_until(b'#', &mut Vec::new());
        sender.send(()).expect("the test waits");
        drain(line.into_inner());
    });
    let arguments = ["-t", TARGET, "--json", "--timeout=20000", "info"];
    let child = program(peer.directory(), &arguments)
        .spawn()
        .expect("the program starts");
    receiver.recv_timeout(Duration::from_secs(20)).expect("it asks");
    let status = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .expect("a shell");
    assert!(status.success());
    let output = child.wait_with_output().expect("its output");
    assert_eq!(output.status.code(), Some(130));
    let document: Value =
        serde_json::from_slice(&output.stdout).expect("a document");
    assert_eq!(document["error"]["code"], "interrupted");
}
