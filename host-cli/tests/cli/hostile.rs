//! Peers that are silent, broken, damaged, or something else altogether.

use crate::kernel::{Kernel, byte};
use crate::peer::{Peer, TARGET, answer_all, frame, head, reply, reply_body};
use crate::program::{Run, finish, program};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wire::frame::{Decoder, Event, Kind};
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
        // Nobody listens on this port of one's own machine.
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
fn a_line_that_nobody_serves_is_given_up() {
    let directory = TempDir::new().expect("a directory");
    // Connections wait in the backlog and are never accepted.
    let _socket = UnixListener::bind(directory.path().join("line"));
    let arguments = ["-t", TARGET, "--timeout", "300", "threads"];
    let run = finish(program(directory.path(), &arguments));
    run.fails(3, "nothing answered for 300 ms");
}

#[test]
fn silence_from_the_start_is_no_stub() {
    let run = fails(&Peer::new(drain), 3, "cannot_open", "nothing answered");
    assert!(run.stderr.contains("debug="), "{run:?}");
}

#[test]
fn garbage_is_a_wrong_speed() {
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
    assert!(run.stderr.contains("speed"), "{run:?}");
}

#[test]
fn an_echo_is_told_from_an_answer() {
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
        fails(&peer, 5, "refused", "GDB stub");
    }
}

#[test]
fn a_gdb_stub_that_ignores_our_questions_is_found_by_its_nak() {
    // As QEMU's: whatever is no packet is passed over in silence.
    let peer = Peer::new(|mut connection| {
        let mut decoder = Decoder::<64>::new();
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = connection.read(&mut bytes) {
            for byte in &bytes[..count] {
                match decoder.push(*byte) {
                    Event::BadChecksum(Kind::Rsp) => {
                        connection.write_all(b"-").expect("it is read");
                    }
                    Event::Frame(Kind::Rsp) => panic!("a session begins"),
                    _ => {}
                }
            }
        }
    });
    fails(&peer, 5, "refused", "GDB stub");
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
fn a_line_cut_amid_an_answer_has_failed() {
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
    run.fails(4, "closed by the other end, amid an answer");
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
fn answers_to_others_are_no_answer() {
    let peer = Peer::answering(|request| {
        let mut head = head(&request);
        head.id = request.id.wrapping_add(100);
        Some(reply(&head, &[]))
    });
    fails(&peer, 7, "timeout", "fell silent");
}

/// Runs `translate` against a peer that has `disturb` do something to the
/// bytes of each answer; the program must not be misled.
#[track_caller]
fn survives(mut disturb: impl FnMut(u32, Vec<u8>) -> Vec<u8> + Send + 'static) {
    let expected = Kernel::new().peer().run(&["--json", "regions"]);
    let mut kernel = Kernel::new();
    let mut count = 0;
    let peer = Peer::answering(move |request| {
        count += 1;
        Some(disturb(count, kernel.answer(&request)))
    });
    let run = peer.run(&["--json", "regions"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout, expected.stdout);
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    survives(|count, answer| if count < 3 { Vec::new() } else { answer });
}

#[test]
fn a_damaged_answer_is_asked_for_again() {
    survives(|count, mut answer| {
        if count < 4 {
            answer[10] ^= 1;
        }
        answer
    });
}

#[test]
fn damage_that_the_checksum_misses_is_seen_by_the_crc() {
    survives(|count, mut answer| {
        if count < 4 {
            // Two flips of the same bit that cancel in the sum.
            let bit = |byte: &u8| byte & 8 != 0;
            let set = answer[9..].iter().position(bit).expect("one") + 9;
            let clear =
                answer[9..].iter().position(|b| !bit(b)).expect("one") + 9;
            answer[set] ^= 8;
            answer[clear] ^= 8;
        }
        answer
    });
}

#[test]
fn a_cut_answer_is_asked_for_again() {
    survives(|count, mut answer| {
        answer.truncate(answer.len() / if count < 3 { 2 } else { 1 });
        answer
    });
}

#[test]
fn answers_that_come_twice_count_once() {
    survives(|_, answer| [&answer[..], &answer, &answer].concat());
}

#[test]
fn what_others_say_on_the_line_is_passed_over() {
    survives(|count, answer| {
        // What follows the beginning of a packet is lost with it.
        let cut: &[u8] = if count == 1 { b"$never ended" } else { b"" };
        let stranger = frame(b"not for us");
        let long = frame(&[b'x'; 9000]);
        [
            b"+$T05thread:1;#aa-",
            &b"\x03\xff$#%unfinished"[..],
            &stranger,
            &long,
            cut,
            &answer,
            b"+$OK#9a",
        ]
        .concat()
    });
}

#[test]
fn a_read_on_a_line_that_damages_long_answers_gets_through() {
    let mut kernel = Kernel::new();
    let peer = Peer::answering(move |request| {
        let mut answer = kernel.answer(&request);
        if answer.len() > 600 {
            let middle = answer.len() / 2;
            answer[middle] ^= 4;
        }
        Some(answer)
    });
    let quiet = Kernel::new().peer();
    let arguments = ["--json", "read", "0x100000", "16KiB"];
    let run = peer.run(&arguments);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.json()["read"], quiet.run(&arguments).json()["read"]);
}

#[test]
fn an_answer_that_arrives_slowly_is_waited_for() {
    let arguments = ["--json", "--timeout", "700", "read", "0x100000", "4KiB"];
    let expected = Kernel::new().peer().run(&arguments);
    let began = Instant::now();
    loop {
        let (gaps, measured) = mpsc::channel();
        let mut kernel = Kernel::new();
        let peer = Peer::new(move |connection| {
            let mut slow = connection.try_clone().expect("another handle");
            answer_all(connection, move |request| {
                let mut last = Instant::now();
                // Some 21,000 bits a second: two seconds for a piece.
                for some in kernel.answer(&request).chunks(32) {
                    slow.write_all(some).ok()?;
                    let _ = gaps.send(last.elapsed());
                    last = Instant::now();
                    std::thread::sleep(Duration::from_millis(15));
                }
                Some(Vec::new())
            });
        });
        let run = peer.run(&arguments);
        let longest = measured.try_iter().max();
        // A busy host may have kept the peer from going on, or us.
        if longest < Some(Duration::from_millis(200)) {
            assert_eq!(run.code, Some(0), "{run:?}");
            assert_eq!(run.json()["read"], expected.json()["read"]);
            return;
        }
        let elapsed = began.elapsed();
        assert!(elapsed < Duration::from_secs(120), "{run:?}, {longest:?}");
    }
}

/// A line that changes one bit in every hundredth byte, both ways.
struct Noisy {
    line: UnixStream,
    random: u32,
}

impl Noisy {
    fn disturb(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            // Numerical Recipes' generator; its high bits are good.
            self.random =
                self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if (self.random >> 8).is_multiple_of(100) {
                *byte ^= 1 << (self.random >> 29);
            }
        }
    }
}

impl Read for Noisy {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.line.read(into)?;
        self.disturb(&mut into[..count]);
        Ok(count)
    }
}

impl Write for Noisy {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut bytes = bytes.to_vec();
        self.disturb(&mut bytes);
        self.line.write(&bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.line.flush()
    }
}

#[test]
fn noise_never_yields_a_wrong_byte_and_is_got_through() {
    let runs: Vec<_> = (0..16_u32)
        .map(|seed| {
            std::thread::spawn(move || {
                let mut kernel = Kernel::new();
                let peer = Peer::new(move |line| {
                    let noisy = Noisy { line, random: seed * 977 };
                    answer_all(noisy, |request| Some(kernel.answer(&request)));
                });
                let address = (0x0010_0000 + seed * 100).to_string();
                let run = peer.run(&["--json", "read", &address, "64"]);
                assert_eq!(run.code, Some(0), "{run:?}");
                let expected: String = (0..64)
                    .map(|i| byte(0x0010_0000 + seed * 100 + i))
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                assert_eq!(run.json()["read"]["data"], expected.as_str());
            })
        })
        .collect();
    for run in runs {
        run.join().expect("no assertion fails");
    }
}

#[test]
fn another_version_is_one_clear_sentence() {
    let version = VERSION + 8;
    let peer = Peer::answering(move |request| {
        Some(frame(&reply_body(version, &head(&request), &[])))
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
        Some(frame(&[&[VERSION], &crc[..]].concat()))
    });
    fails(&peer, 5, "refused", "makes no sense");
}

#[test]
fn what_the_target_cannot_is_refused() {
    for (status, speaks_of) in [
        (Status::Unsupported, "does not offer"),
        (Status::NotUnderstood, "did not understand"),
        (Status::Faulted, "faulted while it answered"),
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
fn a_task_that_ends_during_a_look_at_all_is_left_out() {
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
