//! Every command ends in time whatever is at the other end, says what it saw,
//! and leaves no file that looks whole and is not.

use crate::kernel::Kernel;
use crate::peer::{Peer, TARGET};
use crate::program::{Run, finish, program};
use host_cli::commands::ALL;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};
use wire::frame::{Decoder, Event, Kind};

/// Each command that asks a target, as people would type it.
const COMMANDS: [&str; 22] = [
    "info",
    "layout",
    "translate 0xb000",
    "regions",
    "regions --all",
    "processes",
    "images",
    "interrupts",
    "threads",
    "mailboxes",
    "windows",
    "descriptors",
    "ports",
    "log",
    "log --follow",
    "who 0xb000",
    "frames",
    "allocator frames",
    "read 0xb000 16KiB",
    "search 0xb000 4KiB ffff00ff00",
    "checksum 0xb000 4KiB",
    "regs",
];

const TIMEOUT_MS: u64 = 400;

/// The timeout, the time that a stub has to reject a packet, and what a busy
/// host adds.
const LIMIT: Duration = Duration::from_millis(TIMEOUT_MS + 250 + 3000);

/// Runs every command with a peer of its own.
fn each(peer: fn() -> Peer) -> Vec<(&'static str, Run)> {
    let timeout = format!("--timeout={TIMEOUT_MS}");
    let run = |command: &'static str| {
        let timeout = timeout.clone();
        thread::spawn(move || {
            let words =
                [timeout.as_str()].into_iter().chain(command.split(' '));
            let peer = peer();
            let began = Instant::now();
            let run = peer.run(&words.collect::<Vec<_>>());
            let took = began.elapsed();
            assert!(took < LIMIT, "{command}: {took:?}");
            (command, run)
        })
    };
    let runs: Vec<_> = COMMANDS.into_iter().map(run).collect();
    let join = |run: thread::JoinHandle<_>| run.join().expect("it ends");
    runs.into_iter().map(join).collect()
}

#[test]
fn none_is_forgotten() {
    let asked = COMMANDS.iter().filter_map(|line| line.split(' ').next());
    // The output of these depends on host-cli alone.
    let asked = asked.chain(["completions", "man"]);
    let all = ALL.iter().map(|(name, _)| *name);
    assert_eq!(asked.collect::<BTreeSet<_>>(), all.collect());
}

fn drain(mut connection: UnixStream) {
    while matches!(connection.read(&mut [0; 256]), Ok(1..)) {}
}

#[test]
fn silence() {
    for (command, run) in each(|| Peer::new(drain)) {
        run.fails(3, "nothing answered for 400 ms");
        assert_eq!(run.stdout, "", "{command}");
    }
    // Long enough for `read` to give up a request and send another.
    let read = ["--timeout=2500", "read", "0xb000", "16KiB"];
    Peer::new(drain).run(&read).fails(3, "nothing answered for 2500 ms");
}

#[test]
fn garbage() {
    let peer = || {
        Peer::new(|mut connection| {
            let mut noise = 1_u32;
            loop {
                noise = noise.wrapping_mul(0x9E37_79B1).rotate_left(7);
                if connection.write_all(&noise.to_le_bytes()).is_err() {
                    return;
                }
                thread::sleep(Duration::from_micros(50));
            }
        })
    };
    for (_, run) in each(peer) {
        run.fails(3, "only bytes that make no sense came");
    }
}

#[test]
fn bytes_that_trickle_in() {
    let peer = || {
        Peer::new(|mut connection| {
            while connection.write_all(b"%").is_ok() {
                for _ in 0..1000 {
                    thread::sleep(Duration::from_millis(40));
                    if connection.write_all(b"a").is_err() {
                        return;
                    }
                }
            }
        })
    };
    for (_, run) in each(peer) {
        assert!(matches!(run.code, Some(3 | 4)), "{run:?}");
    }
}

/// Returns a peer that damages the same byte of every answer.
fn damaging(whole: u32) -> Peer {
    let mut kernel = Kernel::new();
    let mut left = whole;
    Peer::answering(move |request| {
        let mut answer = kernel.answer(&request);
        // Longer than the program thinks damage needs to come.
        thread::sleep(Duration::from_millis(2));
        if left == 0 {
            answer[4] ^= 1;
        }
        left = left.saturating_sub(1);
        Some(answer)
    })
}

#[test]
fn damage_in_the_same_place() {
    for (_, run) in each(|| damaging(0)) {
        run.fails(4, "answers came damaged");
        assert!(run.stderr.contains("flow control"), "{run:?}");
    }
}

#[test]
fn damage_after_a_first_answer() {
    let run = damaging(1).run(&["--timeout=400", "read", "0xb000", "16KiB"]);
    run.fails(4, "answers came damaged");
}

#[test]
fn damage_at_one_address_only() {
    let mut kernel = Kernel::new();
    let peer = Peer::answering(move |request| {
        let mut answer = kernel.answer(&request);
        thread::sleep(Duration::from_millis(2));
        if let wire::query::Query::Read { address, len_bytes, .. } =
            request.query
            && (address..address + u32::from(len_bytes)).contains(&0x10_0100)
        {
            answer[4] ^= 1;
        }
        Some(answer)
    });
    let run = peer.run(&["--json", "read", "0x100000", "4MiB"]);
    run.fails(4, "no answer came whole: the question was sent 64 times");
    let bytes = run.json()["read"]["bytes"].as_u64();
    assert!(bytes.is_some_and(|bytes| (192..=256).contains(&bytes)), "{run:?}");
}

/// As QEMU's stub: whatever is not a packet is ignored.
#[test]
fn another_stub() {
    let peer = || {
        Peer::new(|mut connection| {
            let mut decoder = Decoder::<64>::new();
            let mut bytes = [0; 256];
            while let Ok(count @ 1..) = connection.read(&mut bytes) {
                for byte in &bytes[..count] {
                    if decoder.push(*byte) == Event::BadChecksum(Kind::Rsp)
                        && connection.write_all(b"-").is_err()
                    {
                        return;
                    }
                }
            }
        })
    };
    for (_, run) in each(peer) {
        run.fails(7, "the GDB stub fell silent");
    }
}

/// Returns what is in the peer's directory besides the socket.
fn files(peer: &Peer) -> Vec<String> {
    let entries = std::fs::read_dir(peer.directory()).expect("a directory");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("a file").file_name().into_string().expect("text")
    };
    let names = entries.map(name).filter(|name| name != "line");
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_file_has_its_name_only_once_it_is_whole() {
    let read = ["--timeout=400", "read", "0x100000", "16KiB", "-o", "file"];
    let peer = damaging(0);
    peer.run(&read).fails(4, "answers came damaged");
    assert_eq!(files(&peer), [""; 0]);

    let peer = damaging(2);
    peer.file("file", b"from before");
    let run = peer.run(&read);
    run.fails(4, "bytes written to ");
    assert!(run.stderr.contains("file.partial"), "{run:?}");
    assert_eq!(files(&peer), ["file", "file.partial"]);
    let path = |name| peer.directory().join(name);
    let before = std::fs::read(path("file")).expect("a file");
    assert_eq!(before, b"from before");
    let partial = std::fs::read(path("file.partial")).expect("a file");
    assert!((4032..16384).contains(&partial.len()));

    let peer = Kernel::new().peer();
    peer.file("elsewhere", b"from before");
    let link = peer.directory().join("file");
    std::os::unix::fs::symlink("elsewhere", &link).expect("a link");
    assert_eq!(peer.run(&read).code, Some(0));
    assert_eq!(files(&peer), ["elsewhere", "file"]);
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&link).expect("a file").len(), 16384);
}

#[test]
fn a_file_that_is_a_pipe_is_written_in_place() {
    let peer = Kernel::new().peer();
    let read = ["-t", TARGET, "read", "0x100000", "16", "-o", "/dev/stdout"];
    let run = finish(program(peer.directory(), &read));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout.len(), 16, "{run:?}");
}
