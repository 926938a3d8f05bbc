//! Who owns a frame and who maps it: what host-cli says of a stopped system
//! matches a dump of its memory.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self, address};
use tests::host::deadline::wait_until;
use tests::host::random::Random;
use tests::machine::walk::Memory;
use tests::machine::{Machine, Setup};

const PAGE_BYTES: u32 = 4096;
const SEED: u64 = 0x5EED_0F00_F4A3_E501;
/// How many frames are looked at.
const SAMPLE: usize = 170;
/// How many of each kind are looked at, if there are that many.
const OF_EACH_KIND: usize = 8;

/// The kinds that a running system with a window has; the records, the
/// queues, the log and the windows' lists are in global data.
const KINDS: [&str; 18] = [
    "allocator nodes",
    "boot module",
    "frame records",
    "free",
    "heap",
    "kernel image",
    "kernel stack",
    "log",
    "mailbox queue",
    "page directory",
    "page table",
    "process data",
    "process stack",
    "records",
    "reserved",
    "segment",
    "shared window",
    "window frames",
];

/// Where ring 0 finds the text screen: the frame of the same address.
const VIDEO_MEMORY: u32 = 0x000b_8000;
const KERNEL_IMAGE: u32 = 0x0010_0000;

/// Boots a system that has a shared window, and leaves it stopped by a
/// debugger that went away: host-cli has the line, and nothing moves.
fn stopped() -> Machine {
    let machine = Setup::demo()
        .modules(&["producer", "consumer", "workers", "guardian 1"])
        .boot();
    let limit = Duration::from_secs(60);
    wait_until("a window in two processes", limit, || {
        let answer = host_cli::json(machine.endpoint(), &["windows"]);
        answer.rows("windows").iter().any(|window| {
            let attachments = window["attachments"].as_array();
            attachments.is_some_and(|list| list.len() >= 2)
        })
    });
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.crash();
    machine
}

/// A place where a frame is mapped: task, process, address, writable, user.
type Place = (u64, u64, u32, bool, bool);

/// Every place where each frame is mapped, by a walk of the directories of
/// all tasks.
fn places(
    threads: &[Value],
    memory: &Memory,
) -> BTreeMap<u32, BTreeSet<Place>> {
    let mut places = BTreeMap::<u32, BTreeSet<Place>>::new();
    for thread in threads {
        let (task, process) =
            (number(&thread["id"]), number(&thread["process"]));
        for (page, mapping) in memory.mappings(address(&thread["cr3"])) {
            let place = (task, process, page, mapping.writable, mapping.user);
            places.entry(mapping.frame).or_default().insert(place);
        }
    }
    places
}

/// The run of `frames` that a frame is in.
fn run_of(runs: &[Value], frame: u32) -> &Value {
    let covers = |run: &&Value| {
        let first = address(&run["first"]);
        let pages = frame.checked_sub(first).map(|bytes| bytes / PAGE_BYTES);
        pages.is_some_and(|pages| u64::from(pages) < number(&run["frames"]))
    };
    let run = runs.iter().find(covers);
    run.unwrap_or_else(|| panic!("{frame:#x} is in no run"))
}

/// Frames of every kind: some of each, then any.
fn sample(runs: &[Value]) -> BTreeSet<u32> {
    let mut by_kind = BTreeMap::<&str, Vec<u32>>::new();
    for run in runs {
        let kind = run["kind"].as_str().expect("a kind is text");
        let first = address(&run["first"]);
        let frames = 0..number(&run["frames"]) as u32;
        let frames = frames.map(|index| first + index * PAGE_BYTES);
        by_kind.entry(kind).or_default().extend(frames);
    }
    let kinds: Vec<_> = by_kind.keys().copied().collect();
    for kind in KINDS {
        assert!(kinds.contains(&kind), "no {kind:?} in {kinds:?}");
    }
    let mut random = Random::new(SEED);
    let mut chosen = BTreeSet::from([VIDEO_MEMORY, KERNEL_IMAGE]);
    for frames in by_kind.values() {
        let some = frames.len().min(OF_EACH_KIND);
        let mut of_kind = BTreeSet::new();
        while of_kind.len() < some {
            of_kind.insert(*random.choose(frames));
        }
        chosen.extend(of_kind);
    }
    let all: Vec<u32> = by_kind.into_values().flatten().collect();
    while chosen.len() < SAMPLE {
        chosen.insert(*random.choose(&all));
    }
    chosen
}

#[test]
fn who_maps_a_frame_is_what_the_page_tables_say() {
    let mut machine = stopped();
    let memory = machine.dump();
    let target = machine.endpoint();
    let threads = host_cli::json(target, &["threads"]);
    let frames = host_cli::json(target, &["frames"]);
    let runs = frames.rows("frames");
    let places = places(threads.rows("threads"), &memory);
    let (mut mapped, mut unmapped) = (0, 0);
    for frame in sample(runs) {
        // Any address in the frame will do.
        let inside = frame / PAGE_BYTES % PAGE_BYTES;
        let text = format!("{:#010x}", frame + inside);
        let answer = host_cli::json(target, &["who", &text]);
        let nobody = BTreeSet::new();
        let expected = places.get(&frame).unwrap_or(&nobody);
        let code = i32::from(expected.is_empty());
        assert_eq!(answer.code, code, "{text}: {answer:?}");
        let told = answer.json["mappings"].as_array().expect("a list");
        let found: BTreeSet<Place> = told.iter().map(place).collect();
        assert_eq!(&found, expected, "{text}: {}", answer.json);
        assert_eq!(found.len(), told.len(), "twice: {}", answer.json);

        let run = run_of(runs, frame);
        let owner = &answer.json["owner"];
        assert_eq!(owner["process"], run["owner_process"], "{text}: {run}");
        assert_eq!(owner["kind"], run["kind"], "{text}: {run}");
        assert_eq!(owner["references"], run["references"], "{text}: {run}");
        if run["kind"] == "free" {
            assert!(expected.is_empty(), "{text} is free, but {expected:?}");
        }
        *(if expected.is_empty() { &mut unmapped } else { &mut mapped }) += 1;
    }
    println!("seed {SEED:#x}: {mapped} frames mapped, {unmapped} not");
    assert!(mapped >= 80, "{mapped} of the sample are mapped");
}

fn place(mapping: &Value) -> Place {
    (
        number(&mapping["task"]),
        number(&mapping["process"]),
        address(&mapping["address"]),
        mapping["writable"].as_bool().expect("yes or no"),
        mapping["user"].as_bool().expect("yes or no"),
    )
}

#[test]
fn a_frame_beyond_memory_has_neither_owner_nor_place() {
    let machine = stopped();
    let answer = host_cli::json(machine.endpoint(), &["who", "0xfffff000"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(answer.json["owner"], Value::Null);
    assert_eq!(answer.json["mappings"], Value::Array(Vec::new()));
}

#[test]
fn the_records_of_frames_say_what_the_allocator_does() {
    let machine = stopped();
    let frames = host_cli::json(machine.endpoint(), &["frames"]);
    let tree = host_cli::json(machine.endpoint(), &["allocator", "frames"]);
    let tree = tree.member("allocator");
    let mut labels = BTreeMap::new();
    for run in tree["runs"].as_array().expect("a list") {
        let (start, busy) = (number(&run["start"]), number(&run["busy"]));
        for frame in start..start + busy {
            labels.insert(frame, run["label"].as_str().expect("text"));
        }
        for frame in start + busy..start + busy + number(&run["free"]) {
            labels.insert(frame, "free");
        }
    }
    let mut free = 0;
    for run in frames.rows("frames") {
        let first = u64::from(address(&run["first"]) / PAGE_BYTES);
        for frame in first..first + number(&run["frames"]) {
            let label = labels.remove(&frame);
            assert_eq!(label, run["kind"].as_str(), "frame {frame:#x}, {run}");
            free += u64::from(label == Some("free"));
        }
    }
    assert_eq!(labels, BTreeMap::new(), "frames without a record");
    assert_eq!(free, number(&tree["free"]), "free by record and by tree");
    let totals = &frames.json["totals"];
    assert_eq!(free, number(&totals["free"]), "{totals}");
    assert!(free > 0, "some frames are free");
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}
