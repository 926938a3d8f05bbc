//! Answers that come late, damaged, twice or not at all, and get through.

use crate::kernel::{Kernel, byte};
use crate::peer::{Peer, answer_all};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use wire::frame::query_frame;

/// Runs `regions` against a peer that has `disturb` do something to the
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
fn other_traffic_on_the_line_is_ignored() {
    survives(|count, answer| {
        // What follows the beginning of a packet is lost with it.
        let cut: &[u8] = if count == 1 { b"$never ended" } else { b"" };
        let stranger: Vec<u8> = query_frame(b"not for us");
        let long: Vec<u8> = query_frame(&[b'x'; 9000]);
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
fn noise_never_yields_a_wrong_byte_and_the_read_completes() {
    let runs: Vec<_> = (0..16_u32)
        .map(|seed| {
            std::thread::spawn(move || {
                let mut kernel = Kernel::new();
                let peer = Peer::new(move |line| {
                    let noisy = Noisy { line, random: seed * 977 };
                    answer_all(noisy, |request| Some(kernel.answer(&request)));
                });
                let address = (0x0010_0000 + seed * 100).to_string();
                // A busy host may need long for what is sent again.
                let patient = ["--json", "--timeout", "60000"];
                let read = ["read", &address, "64"];
                let run = peer.run(&[&patient[..], &read].concat());
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
