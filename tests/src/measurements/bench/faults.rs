//! A bad line: what is answered, what is given up, and what is wrongly taken
//! for right.
//!
//! RSP's packets to both stubs, by a client that does what it can: it
//! checks checksums, requests a damaged reply again, and tries a packet four
//! times. For comparison, host-cli's frames.

use super::memory::read_by_host_cli;
use super::packets::{connect, into_busy};
use super::subject::{Stub, Subject};
use super::table::Table;
use super::tap::Pace;
use crate::clients::packet::{Heard, Listener, expand, framed, hex};
use crate::clients::rsp::Rsp;
use crate::host::random::Random;
use crate::line::Endpoint;
use crate::line::{Faults, Line, Manner};
use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How many reads, and how many writes.
const REQUESTS: u32 = 200;
/// How many bytes each is for.
const BYTES: u32 = 64;
/// How often a packet is sent.
const TRIES: usize = 4;
/// How long a try may take.
const PATIENCE: Duration = Duration::from_millis(300);
/// The seed, which makes the run reproducible.
const SEED: u64 = 0x5EED;

/// What the line does, to how many of its bytes.
const RATES: [(&str, Faults); 6] = [
    ("flip 1e-3", Faults::flips(1e-3)),
    ("drop 1e-3", Faults::drops(1e-3)),
    ("dup 1e-3", Faults::duplicates(1e-3)),
    ("mix 3e-3", Faults::mix(3e-3)),
    ("burst4 1e-3", Faults::bursts(1e-3)),
    ("flip 1e-2", Faults::flips(1e-2)),
];

/// How requests went.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// Answered correctly.
    pub right: u32,
    /// Answered with the wrong bytes.
    pub wrong: u32,
    /// Given up.
    pub gave_up: u32,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { right, wrong, gave_up } = self;
        write!(f, "{right} / {wrong} / {gave_up}")
    }
}

/// How requests to one stub went, at each rate.
#[derive(Clone, Debug)]
pub struct Faulty {
    stub: Stub,
    /// Reads and writes by RSP.
    packets: Vec<[Outcome; 2]>,
    /// Reads by host-cli; none if the stub is not ours.
    pub frames: Vec<Outcome>,
}

/// Makes the requests at every rate, as fast as the host can.
#[must_use]
pub fn measure(subject: &Subject) -> Faulty {
    let packets = RATES.map(|(_, faults)| by_packets(subject, faults)).to_vec();
    let frames = match subject.stub {
        Stub::Ours => {
            RATES.map(|(_, faults)| by_frames(subject, faults)).to_vec()
        }
        Stub::Qemus => Vec::new(),
    };
    Faulty { stub: subject.stub, packets, frames }
}

/// Returns the table of what was measured.
#[must_use]
pub fn table(all: &[Faulty]) -> String {
    let mut table =
        Table::new(["faults", "by", "reads", "writes", "host-cli, reads"]);
    for (index, (name, _)) in RATES.iter().enumerate() {
        for faulty in all {
            let (first, stub) = match faulty.stub {
                Stub::Ours => (*name, "ours"),
                Stub::Qemus => ("", "QEMU's"),
            };
            let [reads, writes] = faulty.packets[index];
            let frames = faulty.frames.get(index).map(ToString::to_string);
            table.row([
                first.to_owned(),
                stub.to_owned(),
                reads.to_string(),
                writes.to_string(),
                frames.unwrap_or_default(),
            ]);
        }
    }
    table.text()
}

fn by_frames(subject: &Subject, faults: Faults) -> Outcome {
    let line = Line::lay(&subject.endpoint(), Manner::bad(faults, SEED));
    let at = |number: u32| subject.busy.memory + number * BYTES;
    let tap = subject.line(Pace::Unpaced);
    let mut outcome = Outcome::default();
    let mut expected = Vec::new();
    for number in 0..2 * REQUESTS {
        let read = |endpoint: &Endpoint| {
            read_by_host_cli(subject, endpoint, at(number), BYTES)
        };
        // What it reads on a line without faults. It never changes.
        if number == 0 {
            expected = read_by_host_cli(
                subject,
                &tap.near_end(),
                at(0),
                2 * REQUESTS * BYTES,
            )
            .expect("a good line");
        }
        let here = &expected[(number * BYTES) as usize..][..BYTES as usize];
        match read(&line.near_end()) {
            Some(data) if data == here => outcome.right += 1,
            Some(_) => outcome.wrong += 1,
            None => outcome.gave_up += 1,
        }
    }
    outcome
}

/// Reads, and writes elsewhere: every place is written once, and afterwards
/// all are read over a good line.
fn by_packets(subject: &Subject, faults: Faults) -> [Outcome; 2] {
    let start = subject.busy.memory;
    let at = |slot: u32| start + slot * BYTES;
    let good = subject.line(Pace::Unpaced);
    let mut rsp = connect(good);
    into_busy(&mut rsp, subject);
    let before = all_slots(&mut rsp, start);
    drop(rsp);
    let mut random = Random::new(SEED);
    let mut reads = Outcome::default();
    let mut written = Vec::new();
    let line = Line::lay(&subject.endpoint(), Manner::bad(faults, SEED));
    let mut client = Client::connect(&line.near_end());
    for slot in 0..REQUESTS {
        let packet = format!("m{:x},{BYTES:x}", at(slot));
        match client.ask(&packet) {
            Some(reply) if reply == hex(&before[slot as usize]) => {
                reads.right += 1;
            }
            Some(_) => reads.wrong += 1,
            None => reads.gave_up += 1,
        }
        let slot = REQUESTS + slot;
        let data: Vec<u8> = (0..BYTES).map(|_| random.bits() as u8).collect();
        let packet = format!("M{:x},{BYTES:x}:{}", at(slot), hex(&data));
        let reply = client.ask(&packet);
        written.push((slot, data, reply));
    }
    drop(client);
    let mut rsp = connect(good);
    into_busy(&mut rsp, subject);
    let after = all_slots(&mut rsp, start);
    // A stub that a bad line has confused may answer something else.
    let _farewell = rsp.ask("D");
    drop(rsp);
    let mut writes = Outcome::default();
    for (slot, data, reply) in written {
        match reply.as_deref() {
            None => writes.gave_up += 1,
            Some("OK") if after[slot as usize] == data => writes.right += 1,
            Some(_) => writes.wrong += 1,
        }
    }
    [reads, writes]
}

fn all_slots(rsp: &mut Rsp, start: u32) -> Vec<Vec<u8>> {
    let slots = 0..2 * REQUESTS;
    slots.map(|slot| rsp.read(start + slot * BYTES, BYTES as usize)).collect()
}

/// An RSP client that gives up instead of failing.
struct Client {
    stream: UnixStream,
}

impl Client {
    fn connect(endpoint: &Endpoint) -> Self {
        let Endpoint::Unix(path) = endpoint else {
            panic!("a line is a Unix socket, not {endpoint}");
        };
        let stream = UnixStream::connect(path).expect("the line listens");
        let soon = Some(Duration::from_millis(10));
        stream.set_read_timeout(soon).expect("a socket has a time-out");
        Self { stream }
    }

    /// Returns the reply; none unless one is complete.
    fn ask(&mut self, packet: &str) -> Option<String> {
        let frame = framed(packet.as_bytes());
        for _ in 0..TRIES {
            self.send(&frame);
            if let Some(reply) = self.reply() {
                return Some(reply);
            }
        }
        // A late reply must not be taken for the next one.
        let end = Instant::now() + PATIENCE;
        while self.byte(end).is_some() {}
        None
    }

    fn reply(&mut self) -> Option<String> {
        let end = Instant::now() + PATIENCE;
        let mut listener = Listener::default();
        loop {
            match listener.push(self.byte(end)?) {
                Some(Heard::Packet(body)) => {
                    self.send(b"+");
                    return Some(expand(&body));
                }
                Some(Heard::Damaged(_)) => self.send(b"-"),
                // The packet was damaged.
                Some(Heard::Refused) => return None,
                Some(Heard::Acknowledged) | None => {}
            }
        }
    }

    fn byte(&mut self, end: Instant) -> Option<u8> {
        let mut byte = [0];
        while Instant::now() < end {
            match self.stream.read(&mut byte) {
                Ok(1..) => return Some(byte[0]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                end => panic!("the line has ended: {end:?}"),
            }
        }
        None
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the line takes it");
    }
}
