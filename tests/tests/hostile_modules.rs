//! Boot modules that are no programs, or hostile ones: each is reported in
//! one line, and the others run.

use serde_json::Value;
use std::fs;
use std::time::Duration;
use tests::artifacts;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::host::random::Random;
use tests::machine::{Machine, Setup};

const LIMIT: Duration = Duration::from_secs(60);

/// What is wrong with a module.
#[derive(Clone, Copy, Debug)]
enum Hostile {
    /// The program is cut off after this many bytes.
    CutAt(usize),
    /// The program is cut off before the last byte that is loaded.
    CutInSegment,
    /// Bytes that look random.
    Garbage(usize),
    /// A field of the file's header, at this offset, has another value.
    Header(usize, &'static [u8]),
    /// A field of the first loadable segment's header does.
    Segment(usize, u32),
    /// The second segment begins where the first does.
    Overlapping,
    /// The largest size that is allowed, and more than there is memory.
    MoreThanMemory,
}

// Offsets in the file's header.
const CLASS: usize = 4;
const BYTE_ORDER: usize = 5;
const KIND: usize = 16;
const PROCESSOR: usize = 18;
const ENTRY: usize = 24;
const SEGMENTS_AT: usize = 28;
const SECTIONS_AT: usize = 32;
const SEGMENT_BYTES: usize = 42;
const SEGMENT_COUNT: usize = 44;
const SECTION_COUNT: usize = 48;
// Offsets in a segment's header.
const OFFSET: usize = 4;
const ADDRESS: usize = 8;
const FILE_BYTES: usize = 16;
const MEMORY_BYTES: usize = 20;
/// The type of a segment that is loaded.
const LOAD: u32 = 1;

const HOSTILE: [Hostile; 36] = [
    Hostile::CutAt(0),
    Hostile::CutAt(1),
    Hostile::CutAt(4),
    Hostile::CutAt(16),
    Hostile::CutAt(51),
    Hostile::CutAt(52),
    Hostile::CutAt(60),
    Hostile::CutAt(100),
    Hostile::CutAt(4096),
    Hostile::CutInSegment,
    Hostile::Garbage(3),
    Hostile::Garbage(4096),
    Hostile::Garbage(70_001),
    Hostile::Header(0, b"\x7fELG"),
    Hostile::Header(CLASS, &[2]),
    Hostile::Header(BYTE_ORDER, &[2]),
    Hostile::Header(KIND, &[3, 0]),
    Hostile::Header(PROCESSOR, &[62, 0]),
    Hostile::Header(ENTRY, &[0; 4]),
    Hostile::Header(ENTRY, &[0, 0, 0x10, 0]),
    Hostile::Header(ENTRY, &[0xff; 4]),
    Hostile::Header(SEGMENTS_AT, &[0xff; 4]),
    Hostile::Header(SEGMENTS_AT, &[0; 4]),
    Hostile::Header(SEGMENT_BYTES, &[1, 0]),
    Hostile::Header(SEGMENT_COUNT, &[0; 2]),
    Hostile::Header(SEGMENT_COUNT, &[0xfe, 0xff]),
    Hostile::Segment(ADDRESS, 0x0010_0000),
    Hostile::Segment(ADDRESS, 0xfc00_0000),
    Hostile::Segment(ADDRESS, 0xffff_f000),
    Hostile::Segment(ADDRESS, 0x0d00_0010),
    Hostile::Segment(OFFSET, 0xffff_f000),
    Hostile::Segment(FILE_BYTES, u32::MAX),
    Hostile::Segment(MEMORY_BYTES, u32::MAX),
    Hostile::Segment(MEMORY_BYTES, 0x8000_0000),
    Hostile::Segment(MEMORY_BYTES, 1),
    Hostile::Overlapping,
];

impl Hostile {
    /// Returns the module, made from a valid program.
    fn made_of(self, program: &[u8]) -> Vec<u8> {
        let mut bytes = program.to_vec();
        let loaded = loaded_headers(program);
        let [first, second, ..] = loaded[..] else {
            panic!("{} segments", loaded.len())
        };
        match self {
            Self::CutAt(len) => bytes.truncate(len),
            Self::CutInSegment => {
                let ends = loaded.iter().map(|header| {
                    let word = |field| word(program, header + field);
                    word(OFFSET) + word(FILE_BYTES)
                });
                let end = ends.max().expect("there are segments");
                bytes.truncate(end as usize - 1);
                // Nothing else in the file may be missing.
                bytes[SECTIONS_AT..SECTIONS_AT + 4].fill(0);
                bytes[SECTION_COUNT..SECTION_COUNT + 4].fill(0);
            }
            Self::Garbage(len) => {
                let mut random = Random::new(len as u64);
                bytes = (0..len).map(|_| random.bits() as u8).collect();
            }
            Self::Header(at, says) => {
                bytes[at..at + says.len()].copy_from_slice(says);
            }
            Self::Segment(field, says) => set(&mut bytes, first + field, says),
            Self::Overlapping => {
                let address = word(program, first + ADDRESS);
                set(&mut bytes, second + ADDRESS, address);
            }
            Self::MoreThanMemory => {
                set(&mut bytes, first + MEMORY_BYTES, 16 << 20);
                let behind = word(program, first + ADDRESS) + (64 << 20);
                set(&mut bytes, second + ADDRESS, behind);
            }
        }
        bytes
    }
}

/// Where the headers of the loadable segments are.
fn loaded_headers(program: &[u8]) -> Vec<usize> {
    let count = word(program, SEGMENT_COUNT) as usize & 0xffff;
    let bytes = word(program, SEGMENT_BYTES) as usize & 0xffff;
    let first = word(program, SEGMENTS_AT) as usize;
    let headers = (0..count).map(|index| first + index * bytes);
    headers.filter(|header| word(program, *header) == LOAD).collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes[at..at + 4].try_into().expect("there are four");
    u32::from_le_bytes(word)
}

fn set(bytes: &mut [u8], at: usize, says: u32) {
    bytes[at..at + 4].copy_from_slice(&says.to_le_bytes());
}

#[test]
fn hostile_modules_are_reported_one_by_one_and_the_others_run() {
    const AT_ONCE: usize = 20;
    let image = artifacts::program("sleeper");
    let image = fs::read(image).expect("it was built");
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let all: Vec<_> = HOSTILE.into_iter().enumerate().collect();
    for some in all.chunks(AT_ONCE) {
        let setup = Setup::demo().memory_mib(64);
        let mut setup = setup.modules(&["source", "relay"]);
        for (number, hostile) in some {
            let path = scratch.path().join(format!("hostile-{number}."));
            fs::write(&path, hostile.made_of(&image)).expect("written");
            setup = setup.module_file(&path, "");
        }
        let last = artifacts::program("sink");
        let machine = setup.module_file(&last, "").boot();
        let warnings = machine.lines("warning: ");
        for (number, hostile) in some {
            let name = format!("hostile-{number}.");
            let told = warnings.iter().filter(|line| line.contains(&name));
            let told: Vec<_> = told.collect();
            let [line] = told[..] else { panic!("{hostile:?}: {told:?}") };
            println!("{hostile:x?}: {line}");
        }
        assert_eq!(warnings.len(), some.len(), "{warnings:?}");
        assert_eq!(machine.lines("panic: "), [""; 0]);
        assert_eq!(
            host_cli::programs(machine.endpoint()),
            ["source", "relay", "sink"]
        );
        machine.wait_for_line("ready: 3 programs run", LIMIT);
        // They are working.
        let sent = |machine: &Machine| -> Value {
            let answer = host_cli::json(machine.endpoint(), &["mailboxes"]);
            answer.member("mailboxes").clone()
        };
        let before = sent(&machine);
        wait_until("messages to move", LIMIT, || sent(&machine) != before);
    }
}

#[test]
fn programs_that_do_not_fit_into_memory_are_reported_and_others_run() {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let big = scratch.path().join("big");
    let image = artifacts::program("sleeper");
    let image = fs::read(image).expect("it was built");
    fs::write(&big, Hostile::MoreThanMemory.made_of(&image)).expect("written");
    let modules = ["source", "relay"];
    let machine = Setup::demo()
        .modules(&modules)
        .module_file(&big, "")
        .module_file(&artifacts::program("sink"), "")
        .boot();
    let [warning] = &machine.lines("warning: ")[..] else {
        panic!("{}", machine.console())
    };
    assert!(warning.contains("no memory for big"), "{warning}");
    assert_eq!(
        host_cli::programs(machine.endpoint()),
        ["source", "relay", "sink"]
    );
}
