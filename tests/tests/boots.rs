//! The kernel boots, and says so.

use serde_json::Value;
use std::fs;
use std::time::Duration;
use tests::artifacts::{self, PROGRAMS};
use tests::deadline::wait_until;
use tests::host_cli;
use tests::machine::{Machine, Setup};
use tests::random::Random;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn machines_from_16_to_512_mib_run_every_program() {
    for memory_mib in [16, 64, 512] {
        let machine = Setup::demo().memory_mib(memory_mib).boot();
        let answer = host_cli::json(machine.endpoint(), &["processes"]);
        let names: Vec<_> = answer
            .rows("processes")
            .iter()
            .filter_map(|process| process["name"].as_str())
            .collect();
        for name in PROGRAMS {
            assert!(names.contains(&name), "{memory_mib} MiB: {names:?}");
        }
    }
}

#[test]
fn the_console_tells_of_memory_and_of_each_program() {
    let machine = Setup::demo().memory_mib(64).boot();
    let line = machine.wait_for_line("memory: ", LIMIT);
    let frames = line["memory: ".len()..].split(' ').next();
    let frames: u32 = frames.and_then(|n| n.parse().ok()).expect("a number");
    // All but the first MiB and what the firmware keeps.
    assert!((62 * 256..64 * 256).contains(&frames), "{line}");
    let console = machine.console();
    for name in PROGRAMS {
        let told = console.lines().any(|line| {
            line.starts_with("started: process ")
                && line.ends_with(&format!("({name})"))
        });
        assert!(told, "{name} is not in:\n{console}");
    }
}

#[test]
fn an_unknown_word_is_reported_and_ignored() {
    let machine = Setup::demo().word("colour=blue").boot();
    let console = machine.console();
    let reported = console.lines().any(|line| line.contains("colour=blue"));
    assert!(reported, "{console}");
}

#[test]
fn of_two_words_the_later_one_wins() {
    let setup = Setup::without_stub().word("debug=com4").word("debug=com1");
    let machine = setup.boot();
    let answer = host_cli::json(machine.endpoint(), &["info"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

/// The names of the processes that there are, but the kernel's own.
fn programs(machine: &Machine) -> Vec<String> {
    let answer = host_cli::json(machine.endpoint(), &["processes"]);
    let names = answer.rows("processes").iter();
    let names = names.filter_map(|process| process["name"].as_str());
    names.filter(|name| *name != "kernel").map(str::to_owned).collect()
}

/// Returns the console's lines that begin with `start`.
fn lines_of(machine: &Machine, start: &str) -> Vec<String> {
    let console = machine.console();
    let lines = console.lines().filter(|line| line.starts_with(start));
    lines.map(str::to_owned).collect()
}

/// Returns the first number in a line.
fn number_in(line: &str) -> u32 {
    let number = line.split(' ').find_map(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("no number in {line:?}"))
}

#[test]
fn memory_up_to_2_gib_is_used_and_the_rest_is_reported() {
    // The firmware keeps a little of the last MiB, and the kernel leaves
    // the first.
    for (memory_mib, unused_mib) in [(2048, None), (3072, Some(1023..=1024))] {
        let machine = Setup::demo().memory_mib(memory_mib).boot();
        let used = number_in(&machine.wait_for_line("memory: ", LIMIT));
        assert!((2046 * 256..=2047 * 256).contains(&used), "{used} frames");
        let warnings = lines_of(&machine, "warning: ");
        match unused_mib {
            None => assert_eq!(warnings, [""; 0]),
            Some(unused) => {
                let [warning] = &warnings[..] else { panic!("{warnings:?}") };
                assert!(warning.contains("above 2 GiB"), "{warning}");
                assert!(unused.contains(&number_in(warning)), "{warning}");
            }
        }
        assert_eq!(programs(&machine), PROGRAMS);
        // Up to the last frame in use, and none above.
        let answer = host_cli::json(machine.endpoint(), &["frames"]);
        let total = answer.member("totals")["frames"].as_u64();
        let total = total.expect("a number");
        assert!((2047 * 256..=2048 * 256).contains(&total), "{total} frames");
    }
}

#[test]
fn too_little_memory_ends_in_one_clear_line() {
    let machine = Setup::demo().modules(&[]).memory_mib(2).start();
    let line = machine.wait_for_line("panic: ", LIMIT);
    assert!(line.starts_with("panic: too little memory for "), "{line}");
    // Nothing follows it, for as long as a boot with enough would take.
    let enough = Setup::demo().modules(&[]).memory_mib(4).boot();
    assert_eq!(lines_of(&enough, "panic: "), [""; 0]);
    assert_eq!(machine.console().lines().last(), Some(&*line));
    assert_eq!(lines_of(&machine, "panic: ").len(), 1);
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
    let [warning] = &lines_of(&machine, "warning: ")[..] else {
        panic!("{}", machine.console())
    };
    assert!(warning.contains("no memory for big"), "{warning}");
    assert_eq!(programs(&machine), ["source", "relay", "sink"]);
}

#[test]
fn modules_beyond_the_most_are_counted_and_the_others_run() {
    const MOST: usize = 32;
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let mut setup = Setup::demo().memory_mib(64).modules(&[]);
    let names: Vec<_> = (0..40).map(|n| format!("sleeper-{n}")).collect();
    for name in &names {
        let path = scratch.path().join(name);
        let copied = fs::copy(artifacts::program("sleeper"), &path);
        copied.expect("it can be copied");
        setup = setup.module_file(&path, "");
    }
    let machine = setup.boot();
    let [warning] = &lines_of(&machine, "warning: ")[..] else {
        panic!("{}", machine.console())
    };
    assert!(warning.contains("too many boot modules"), "{warning}");
    assert_eq!(number_in(warning), 8, "{warning}");
    assert_eq!(programs(&machine), names[..MOST]);
}

/// What is wrong with a module.
#[derive(Clone, Copy, Debug)]
enum Hostile {
    /// Only so many bytes of a program are there.
    CutAt(usize),
    /// Only the part in front of the last byte that is loaded is there.
    CutInSegment,
    /// Bytes that look random.
    Garbage(usize),
    /// A field of the file's header, at this offset, says something else.
    Header(usize, &'static [u8]),
    /// A field of the first loadable segment's header does.
    Segment(usize, u32),
    /// The second segment begins where the first does.
    Overlapping,
    /// The size that is just allowed, and more than there is.
    MoreThanMemory,
}

// Offsets in the file's header.
const CLASS: usize = 4;
const BYTE_ORDER: usize = 5;
const KIND: usize = 16;
const PROCESSOR: usize = 18;
const ENTRY: usize = 24;
const SEGMENTS_AT: usize = 28;
const SEGMENT_BYTES: usize = 42;
const SEGMENT_COUNT: usize = 44;
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
    /// Returns the module, made of a program that is well.
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
        let warnings = lines_of(&machine, "warning: ");
        for (number, hostile) in some {
            let name = format!("hostile-{number}.");
            let told = warnings.iter().filter(|line| line.contains(&name));
            let told: Vec<_> = told.collect();
            let [line] = told[..] else { panic!("{hostile:?}: {told:?}") };
            println!("{hostile:x?}: {line}");
        }
        assert_eq!(warnings.len(), some.len(), "{warnings:?}");
        assert_eq!(lines_of(&machine, "panic: "), [""; 0]);
        assert_eq!(programs(&machine), ["source", "relay", "sink"]);
        machine.wait_for_line("ready: 3 programs run", LIMIT);
        // They are at work.
        let sent = |machine: &Machine| -> Value {
            let answer = host_cli::json(machine.endpoint(), &["mailboxes"]);
            answer.member("mailboxes").clone()
        };
        let before = sent(&machine);
        wait_until("messages to move", LIMIT, || sent(&machine) != before);
    }
}
