//! A GDB stub of a kernel that knows nothing of Stormglass: registers, memory,
//! and what a test lets it do wrong.

use crate::peer::Peer;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use wire::frame::{Decoder, Event, Kind};

const PAGE: u32 = 0x1000;

/// The registers that it describes, in the order of their numbers.
const NAMES: [&str; 21] = [
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip", "eflags",
    "cs", "ss", "ds", "es", "fs", "gs", "cr0", "cr2", "cr3", "cr4", "efer",
];

/// What a stub answers to a packet in place of what is right, if anything.
pub(crate) type Lie = fn(&str) -> Option<Vec<u8>>;

/// The stub, and the machine behind it.
#[derive(Clone)]
pub(crate) struct Stub {
    pub(crate) registers: BTreeMap<&'static str, u32>,
    /// Physical memory, word by word; the rest of its 16 MiB is 0.
    pub(crate) memory: BTreeMap<u32, u32>,
    /// Whether it reads physical memory.
    pub(crate) has_physical_mode: bool,
    /// Whether it describes its registers.
    pub(crate) has_description: bool,
    /// What it answers, if anything, in place of what is right.
    pub(crate) instead: Lie,
    /// The packets that it was sent.
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    pub(crate) is_physical: bool,
}

pub(crate) const DIRECTORY: u32 = 0x0020_0000;
pub(crate) const TABLE: u32 = 0x0020_2000;

impl Stub {
    /// Returns one that shows a directory with a table, a page of 4 MiB, and
    /// itself in its last slot.
    pub(crate) fn new() -> Self {
        let mut registers: BTreeMap<_, _> =
            NAMES.iter().map(|name| (*name, 0)).collect();
        registers.extend([
            ("eip", 0xC010_0020),
            ("esp", 0xC020_0000),
            ("eflags", 0x46),
            ("cs", 8),
            ("cr0", 0x8000_0011),
            ("cr3", DIRECTORY),
            ("cr4", 0x10),
        ]);
        let mut memory = BTreeMap::from([
            (DIRECTORY, TABLE | 7),
            (DIRECTORY + 4 * 768, 0x0000_0083),
            (DIRECTORY + 4 * 1023, DIRECTORY | 3),
            (TABLE + 4 * 768, 0x0025_0007),
            (0x0025_0000, u32::from_le_bytes(*b"Hey!")),
        ]);
        for page in 0x100..0x110 {
            memory.insert(TABLE + 4 * page, page << 12 | 1);
        }
        Self {
            registers,
            memory,
            has_physical_mode: true,
            has_description: true,
            instead: |_| None,
            heard: Arc::default(),
            is_physical: false,
        }
    }

    /// Returns a peer that is this stub.
    pub(crate) fn peer(&self) -> Peer {
        let stub = self.clone();
        Peer::new(move |connection| stub.serve(connection))
    }

    fn serve(mut self, mut connection: UnixStream) {
        let mut decoder = Decoder::<4096>::new();
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = connection.read(&mut bytes) {
            for byte in &bytes[..count] {
                let said = match decoder.push(*byte) {
                    Event::BadChecksum(Kind::Rsp) => b"-".to_vec(),
                    Event::Frame(Kind::Rsp) => {
                        let body = String::from_utf8_lossy(decoder.body());
                        self.answer_packet(&body)
                    }
                    _ => continue,
                };
                if connection.write_all(&said).is_err() {
                    return;
                }
            }
        }
    }

    fn answer_packet(&mut self, body: &str) -> Vec<u8> {
        self.heard.lock().expect("no test panics").push(body.to_owned());
        let answer = (self.instead)(body)
            .unwrap_or_else(|| self.answer(body).into_bytes());
        let sum = answer.iter().fold(0_u8, |sum, it| sum.wrapping_add(*it));
        let mut packet = b"+$".to_vec();
        packet.extend(answer);
        packet.extend(format!("#{sum:02x}").bytes());
        packet
    }

    fn answer(&mut self, body: &str) -> String {
        let word = |value: &u32| -> String {
            value.to_le_bytes().iter().map(|it| format!("{it:02x}")).collect()
        };
        match body {
            _ if body.starts_with("qSupported") && self.has_description => {
                "PacketSize=400;qXfer:features:read+".to_owned()
            }
            _ if body.starts_with("qSupported") => "PacketSize=400".to_owned(),
            "?" => "T05thread:01;".to_owned(),
            "D" => "OK".to_owned(),
            "qqemu.PhyMemMode" if self.has_physical_mode => {
                u8::from(self.is_physical).to_string()
            }
            "Qqemu.PhyMemMode:0" | "Qqemu.PhyMemMode:1" => {
                self.is_physical = body.ends_with('1');
                "OK".to_owned()
            }
            "g" => {
                NAMES.iter().map(|name| word(&self.registers[name])).collect()
            }
            _ => match body.split_once(':') {
                Some(("qXfer", rest)) => Self::description(rest),
                _ => body.strip_prefix('m').map_or(String::new(), |place| {
                    self.read(place).unwrap_or_else(|| "E14".to_owned())
                }),
            },
        }
    }

    fn description(rest: &str) -> String {
        let registers: String = NAMES
            .iter()
            .map(|name| format!("<reg name=\"{name}\" bitsize=\"32\"/>"))
            .collect();
        let all = format!(
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">\
             <target><architecture>i386</architecture>\
             <feature name=\"core\">{registers}</feature></target>"
        );
        let (_, part) = rest.rsplit_once(':').expect("a part");
        let (at, len) = part.split_once(',').expect("at and length");
        let number = |text| usize::from_str_radix(text, 16).expect("a number");
        let (at, len) = (number(at), number(len));
        let end = all.len().min(at + len);
        let kind = if end == all.len() { 'l' } else { 'm' };
        format!("{kind}{}", &all[at..end])
    }

    /// Reads as the processor would.
    fn read(&self, place: &str) -> Option<String> {
        let (at, len) = place.split_once(',')?;
        let at = u32::from_str_radix(at, 16).ok()?;
        let len = u32::from_str_radix(len, 16).ok()?;
        let byte = |at: u32| -> Option<String> {
            let at = if self.is_physical { at } else { self.walk(at)? };
            let word = self.memory.get(&(at & !3)).copied().unwrap_or(0);
            Some(format!("{:02x}", word >> (at % 4 * 8) & 0xff))
        };
        (0..len).map(|offset| byte(at + offset)).collect()
    }

    fn walk(&self, at: u32) -> Option<u32> {
        let entry = |table: u32, index: u32| {
            let entry = self.memory.get(&(table + 4 * index)).copied();
            entry.filter(|entry| entry & 1 != 0)
        };
        let directory = entry(self.registers["cr3"], at >> 22)?;
        if directory & 0x80 != 0 && self.registers["cr4"] & 0x10 != 0 {
            return Some(directory & 0xFFC0_0000 | at & 0x003F_FFFF);
        }
        let page = entry(directory & !(PAGE - 1), at >> 12 & 1023)?;
        Some(page & !(PAGE - 1) | at & (PAGE - 1))
    }
}
