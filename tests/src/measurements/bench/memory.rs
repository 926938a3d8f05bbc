//! Memory: by gdb's packets, and by host-cli's frames.

use super::packets::{Rows, connect, into_busy, leave};
use super::sample::{Sample, once};
use super::subject::{RANDOM_BYTES, Stub, Subject};
use super::tap::{Pace, Tap};
use crate::clients::host_cli;
use crate::clients::packet::{escaped, from_hex, hex};
use crate::clients::rsp::Rsp;
use crate::line::Endpoint;
use std::fs;

/// How many bytes are read.
const SIZES: [u32; 3] = [4, 4096, 65_536];
/// How many are written.
const WRITE_BYTES: u32 = 4096;
/// Where everything but random bytes is read.
const LARGEST: u32 = SIZES[2];

/// A piece of memory.
struct Place {
    name: &'static str,
    address: u32,
}

/// Measures reads and writes over the line of this pace.
///
/// # Panics
///
/// Panics if a stub answers wrongly.
#[must_use]
pub fn measure(subject: &Subject, pace: Pace) -> Rows {
    let tap = subject.line(pace);
    let mut rows = Rows::new();
    let mut contents = Vec::new();
    let mut rsp = connect(tap);
    let chunks = Chunks::of(&mut rsp);
    into_busy(&mut rsp, subject);
    for (place, bytes) in reads(subject) {
        let Place { name, address } = place;
        let what = what(name, bytes);
        let mut by_m = Vec::new();
        let sample = once(tap, || {
            by_m = chunks.read(&mut rsp, address, bytes);
        });
        rows.push((format!("m: {what}"), sample));
        let mut by_x = None;
        let sample = once(tap, || {
            by_x = chunks.read_binary(&mut rsp, address, bytes);
        });
        if let Some(by_x) = by_x {
            rows.push((format!("x: {what}"), sample));
            // Elsewhere the system has written meanwhile, if it was let go.
            assert_eq!(by_x, by_m, "{what}, by x and by m");
        }
        contents.push(by_m);
    }
    for kind in ['M', 'X'] {
        let data = random(&contents);
        let at = subject.busy.memory;
        let mut offered = false;
        let sample = once(tap, || {
            offered = chunks.write(&mut rsp, kind, at, data);
        });
        if offered {
            let what = format!("{kind}: {}", what("random bytes", WRITE_BYTES));
            rows.push((what, sample));
        }
        let now = chunks.read(&mut rsp, at, WRITE_BYTES);
        assert_eq!(now, data, "{kind} has changed what it wrote");
    }
    leave(rsp);
    if subject.stub == Stub::Ours {
        by_host_cli(subject, pace, &contents, &mut rows);
    }
    rows
}

/// Measures reads of 4 KiB of random bytes over a long-distance line.
///
/// # Panics
///
/// Panics if a stub answers wrongly.
#[must_use]
pub fn measure_far(subject: &Subject) -> Rows {
    const WHAT: &str = "4 KiB of random bytes, 8 ms away";
    let tap = subject.line(Pace::Far);
    let mut rows = Rows::new();
    let mut rsp = connect(tap);
    let chunks = Chunks::of(&mut rsp);
    into_busy(&mut rsp, subject);
    let at = subject.busy.memory;
    let mut by_m = Vec::new();
    let sample = once(tap, || by_m = chunks.read(&mut rsp, at, SIZES[1]));
    rows.push((format!("m: {WHAT}"), sample));
    let mut by_x = None;
    let sample =
        once(tap, || by_x = chunks.read_binary(&mut rsp, at, SIZES[1]));
    if let Some(by_x) = by_x {
        assert_eq!(by_x, by_m, "by x and by m");
        rows.push((format!("x: {WHAT}"), sample));
    }
    leave(rsp);
    if subject.stub == Stub::Ours {
        let place = Place { name: "random bytes", address: at };
        let (sample, data) = timed_by_host_cli(subject, tap, &place, SIZES[1]);
        assert_eq!(data, by_m, "by host-cli and by m");
        rows.push((format!("host-cli: {WHAT}"), sample));
    }
    rows
}

/// What is read, in order; the last is all of the random bytes.
fn reads(subject: &Subject) -> impl Iterator<Item = (Place, u32)> {
    let place = |name, address| Place { name, address };
    let others = [
        (place(GLOBAL[0], 0x0280_0000), subject.global_bytes[0]),
        (place(GLOBAL[1], 0x0500_0000), subject.global_bytes[1]),
        (place("kernel text", 0x0010_0000), LARGEST),
    ];
    let memory = subject.busy.memory;
    let random = SIZES.map(|bytes| (place("random bytes", memory), bytes));
    others.into_iter().chain(random)
}

/// The first of the random bytes.
fn random(contents: &[Vec<u8>]) -> &[u8] {
    let all = contents.last().expect("they were read");
    assert_eq!(all.len(), RANDOM_BYTES as usize);
    &all[..WRITE_BYTES as usize]
}

/// Reads the same by host-cli, which must find the same where nothing
/// writes.
fn by_host_cli(
    subject: &Subject,
    pace: Pace,
    contents: &[Vec<u8>],
    rows: &mut Rows,
) {
    let tap = subject.line(pace);
    for ((place, bytes), by_m) in reads(subject).zip(contents) {
        let name = place.name;
        let (sample, data) = timed_by_host_cli(subject, tap, &place, bytes);
        rows.push((format!("host-cli: {}", what(name, bytes)), sample));
        if ["random bytes", "kernel text"].contains(&name) {
            assert_eq!(&data, by_m, "{name}, by host-cli and by m");
        }
    }
}

fn timed_by_host_cli(
    subject: &Subject,
    tap: &Tap,
    place: &Place,
    bytes: u32,
) -> (Sample, Vec<u8>) {
    let mut data = None;
    let sample = once(tap, || {
        let target = tap.near_end();
        data = read_by_host_cli(subject, &target, place.address, bytes);
    });
    let name = place.name;
    let data = data.unwrap_or_else(|| panic!("host-cli gave up {name}"));
    assert_eq!(data.len(), bytes as usize, "{name}");
    (sample, data)
}

/// Reads memory of `busy`; none if host-cli gives up.
pub(super) fn read_by_host_cli(
    subject: &Subject,
    target: &Endpoint,
    address: u32,
    bytes: u32,
) -> Option<Vec<u8>> {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let file = scratch.path().join("memory");
    let file_name = file.display().to_string();
    let target = target.to_string();
    let process = subject.busy.process.to_string();
    let (at, len) = (address.to_string(), bytes.to_string());
    let read = ["read", &at, &len, "--process", &process, "-o", &file_name];
    let ran = host_cli::run(&[&["-t", &target], &read[..]].concat());
    (ran.code == Some(0))
        .then(|| fs::read(&file).expect("host-cli has written it"))
}

/// How much gdb reads or writes at once, which depends on `qSupported`.
struct Chunks {
    packet_bytes: u32,
}

/// What gdb keeps free in a packet for the letter, the numbers and the
/// framing.
const OVERHEAD_BYTES: u32 = 64;

impl Chunks {
    fn of(rsp: &mut Rsp) -> Self {
        let features = rsp.ask("qSupported:");
        let size = features.split(';').find_map(|feature| {
            let digits = feature.strip_prefix("PacketSize=")?;
            u32::from_str_radix(digits, 16).ok()
        });
        let packet_bytes = size.unwrap_or_else(|| panic!("{features}"));
        Self { packet_bytes }
    }

    fn read(&self, rsp: &mut Rsp, address: u32, bytes: u32) -> Vec<u8> {
        let mut read = Vec::new();
        while (read.len() as u32) < bytes {
            let at = address + read.len() as u32;
            let len = (bytes - read.len() as u32).min(self.packet_bytes / 2);
            let reply = rsp.ask(&format!("m{at:x},{len:x}"));
            let is_error = reply.is_empty() || reply.starts_with('E');
            assert!(!is_error, "{at:#x}: {reply}");
            read.extend(from_hex(&reply));
        }
        read
    }

    /// Returns none if the stub has no such packet.
    fn read_binary(
        &self,
        rsp: &mut Rsp,
        address: u32,
        bytes: u32,
    ) -> Option<Vec<u8>> {
        let mut read = Vec::new();
        while (read.len() as u32) < bytes {
            let at = address + read.len() as u32;
            let len = (bytes - read.len() as u32).min(self.packet_bytes);
            let reply = rsp.ask(&format!("x{at:x},{len:x}"));
            if reply.is_empty() {
                return None;
            }
            let data = reply.strip_prefix('b').unwrap_or_default();
            assert!(!data.is_empty(), "{at:#x}: {reply}");
            // Each character stands for a byte.
            read.extend(data.chars().map(|byte| byte as u8));
        }
        Some(read)
    }

    /// Returns false if the stub has no such packet.
    fn write(
        &self,
        rsp: &mut Rsp,
        kind: char,
        mut address: u32,
        mut data: &[u8],
    ) -> bool {
        let room = (self.packet_bytes - OVERHEAD_BYTES) as usize;
        while !data.is_empty() {
            let mut len = data.len().min(room);
            let body = loop {
                let body = match kind {
                    'M' => hex(&data[..len]).into_bytes(),
                    _ => escaped(&data[..len]),
                };
                if body.len() <= room {
                    break body;
                }
                len -= 1;
            };
            let mut packet = format!("{kind}{address:x},{len:x}:").into_bytes();
            packet.extend(body);
            rsp.say_bytes(&packet);
            match &*rsp.hear() {
                "OK" => {}
                "" => return false,
                reply => panic!("{kind}: {reply}"),
            }
            address += len as u32;
            data = &data[len..];
        }
        true
    }
}

fn what(name: &str, bytes: u32) -> String {
    match bytes % 1024 {
        0 => format!("{} KiB of {name}", bytes / 1024),
        _ => format!("{bytes} B of {name}"),
    }
}

/// The row for random bytes.
pub const RANDOM_BY_HOST_CLI: &str = "host-cli: 64 KiB of random bytes";
/// The row for code.
pub const TEXT_BY_HOST_CLI: &str = "host-cli: 64 KiB of kernel text";
/// The ends of the rows for what is mostly zeros.
pub const GLOBAL: [&str; 2] = ["0x02800000", "0x05000000"];

/// Returns the row for what host-cli read there, and how many bytes it was.
#[must_use]
pub fn of_global(subject: &Subject, index: usize) -> (String, u32) {
    let bytes = subject.global_bytes[index];
    (format!("host-cli: {}", what(GLOBAL[index], bytes)), bytes)
}
