//! A complete check of what the kernel says of itself, against itself and
//! against a dump of its memory: frames, trees, mailboxes, windows, tasks.
//!
//! Everything is asked while a debugger has stopped the system, so that
//! nothing moves between two answers.

use crate::artifacts;
use crate::clients::gdb::Gdb;
use crate::clients::host_cli::{self, address};
use crate::line::Endpoint;
use crate::machine::Machine;
use crate::machine::walk::Memory;
use serde_json::Value;
use std::collections::BTreeMap;

const PAGE_BYTES: u32 = 4096;
/// What a message costs in its mailbox besides its payload: the length and
/// the header.
const MESSAGE_OVERHEAD: u64 = 4 + 24;

/// What was counted while checking; equal counts mean that nothing leaked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Free frames.
    pub free_frames: u64,
    /// Nodes of the frames' tree.
    pub frame_nodes: usize,
    /// Nodes of global memory's tree.
    pub global_nodes: usize,
    /// Processes.
    pub processes: usize,
    /// Tasks.
    pub tasks: usize,
    /// Mailboxes.
    pub mailboxes: usize,
    /// Shared windows.
    pub windows: usize,
    /// Ranges of ports.
    pub ports: usize,
}

/// Stops the system, checks everything it reports, resumes it, and returns
/// the counts.
///
/// # Panics
///
/// Panics with the first contradiction.
pub fn check(machine: &mut Machine) -> Counts {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.crash();
    let memory = machine.dump();
    let counts = check_stopped(machine.endpoint(), &memory);
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("detach");
    counts
}

fn check_stopped(target: &Endpoint, memory: &Memory) -> Counts {
    let list = |arguments: &[&str], member: &str| {
        let answer = host_cli::json(target, arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
        assert_eq!(answer.json["consistent"], true, "{answer:?}");
        answer.json[member].clone()
    };
    let processes = list(&["processes"], "processes");
    let threads = list(&["threads"], "threads");
    let mailboxes = list(&["mailboxes"], "mailboxes");
    let windows = list(&["windows"], "windows");
    let ports = list(&["ports"], "ports");
    let frames = list(&["frames"], "frames");
    let frame_tree = list(&["allocator", "frames"], "allocator");
    let global_tree = list(&["allocator", "global"], "allocator");

    check_frames(&frames, &frame_tree, &processes);
    for tree in [&frame_tree, &global_tree] {
        check_tree(tree);
    }
    for process in rows(&processes) {
        let name = format!("process:{}", process["id"]);
        check_tree(&list(&["allocator", &name], "allocator"));
    }
    check_threads(&threads, &processes, &mailboxes);
    for mailbox in rows(&mailboxes) {
        let id = mailbox["id"].to_string();
        check_mailbox(&list(&["mailboxes", &id], "mailboxes")[0]);
    }
    for window in rows(&windows) {
        let id = window["id"].to_string();
        let window = &list(&["windows", &id], "windows")[0];
        check_window(window, &threads, memory);
    }
    check_owners(&frames, &threads, memory);
    Counts {
        free_frames: number(&frame_tree["free"]),
        frame_nodes: rows(&frame_tree["runs"]).len(),
        global_nodes: rows(&global_tree["runs"]).len(),
        processes: rows(&processes).len(),
        tasks: rows(&threads).len(),
        mailboxes: rows(&mailboxes).len(),
        windows: rows(&windows).len(),
        ports: rows(&ports).len(),
    }
}

/// Frames tile memory; processes own as many as they say; what is free is
/// free in the tree.
fn check_frames(frames: &Value, tree: &Value, processes: &Value) {
    let mut next = 0;
    let mut owned = BTreeMap::<u64, u64>::new();
    let mut free = 0;
    for run in rows(frames) {
        assert_eq!(u64::from(address(&run["first"])), next, "{run}");
        let count = number(&run["frames"]);
        next += count * u64::from(PAGE_BYTES);
        let is_free = run["kind"] == "free";
        assert_eq!(is_free, run["references"] == 0, "{run}");
        if is_free {
            free += count;
        } else if let Some(owner) = run["owner_process"].as_u64() {
            *owned.entry(owner).or_default() += count;
        }
    }
    assert_eq!(free, number(&tree["free"]), "free frames");
    for process in rows(processes) {
        let owned = owned.remove(&number(&process["id"])).unwrap_or(0);
        assert_eq!(number(&process["pages"]), owned, "{process}");
    }
    assert_eq!(owned, BTreeMap::new(), "owners that do not exist");
}

/// Runs tile their range, only the first may be all free, sums agree.
fn check_tree(tree: &Value) {
    let (mut busy, mut free, mut largest) = (0, 0, 0);
    let mut next = None;
    for run in rows(&tree["runs"]) {
        let start = number(&run["start"]);
        assert_eq!(next.unwrap_or(start), start, "{run} of {}", tree["name"]);
        assert!(next.is_none() || number(&run["busy"]) > 0, "{run}");
        busy += number(&run["busy"]);
        free += number(&run["free"]);
        largest = largest.max(number(&run["free"]));
        next = Some(start + number(&run["busy"]) + number(&run["free"]));
    }
    let said = ["busy", "free", "largest_free"].map(|name| number(&tree[name]));
    assert_eq!(said, [busy, free, largest], "{}", tree["name"]);
}

/// Tasks and processes name each other; a mailbox lists the tasks that wait
/// for it; one task runs.
fn check_threads(threads: &Value, processes: &Value, mailboxes: &Value) {
    let mut listed = BTreeMap::new();
    for process in rows(processes) {
        for task in rows(&process["tasks"]) {
            listed.insert(number(task), number(&process["id"]));
        }
    }
    let mut running = 0;
    for thread in rows(threads) {
        let id = number(&thread["id"]);
        assert_eq!(listed.remove(&id), thread["process"].as_u64(), "{thread}");
        running += u32::from(thread["state"] == "running");
        let waits = &thread["waits_for"];
        if waits["kind"] == "mailbox" {
            let mut all = rows(mailboxes).iter();
            let mailbox = all.find(|mailbox| mailbox["id"] == waits["id"]);
            let mailbox = mailbox.unwrap_or_else(|| panic!("{thread}"));
            let stands = match thread["state"].as_str() {
                Some("receiving") => mailbox["waiting_reader"] == id,
                _ => rows(&mailbox["waiting_senders"]).contains(&id.into()),
            };
            assert!(stands, "{thread} does not stand in {mailbox}");
        }
    }
    assert_eq!(listed, BTreeMap::new(), "tasks that do not exist");
    assert_eq!(running, 1, "running tasks");
}

/// The messages are as many, and cost as much, as the mailbox says.
fn check_mailbox(mailbox: &Value) {
    let messages = rows(&mailbox["messages"]);
    let count = messages.len() as u64;
    assert_eq!(number(&mailbox["queued_messages"]), count, "{mailbox}");
    let bytes = messages.iter().map(|message| number(&message["bytes"]));
    let cost = bytes.sum::<u64>() + count * MESSAGE_OVERHEAD;
    assert_eq!(number(&mailbox["queued_bytes"]), cost, "{mailbox}");
    assert!(cost <= number(&mailbox["capacity_bytes"]), "{mailbox}");
}

/// Each attachment shows exactly the window's frames, in order, with its
/// rights, in every task of its process.
fn check_window(window: &Value, threads: &Value, memory: &Memory) {
    let frames: Vec<_> = rows(&window["frames"]).iter().map(address).collect();
    assert_eq!(frames.len() as u64, number(&window["pages"]), "{window}");
    for attachment in rows(&window["attachments"]) {
        let tasks = rows(threads)
            .iter()
            .filter(|thread| thread["process"] == attachment["process"]);
        let mut shown = 0;
        for task in tasks {
            let cr3 = address(&task["cr3"]);
            let start = address(&attachment["start"]);
            for (index, frame) in (0..).zip(&frames) {
                let mapping = memory.mapping(cr3, start + index * PAGE_BYTES);
                let mapping = mapping.unwrap_or_else(|| panic!("{window}"));
                assert_eq!(mapping.frame, *frame, "{window} in {task}");
                assert!(mapping.user, "{window} in {task}");
                assert_eq!(attachment["writable"], mapping.writable);
            }
            shown += 1;
        }
        assert!(shown > 0, "nobody has {attachment}");
    }
}

/// Every frame that ring 3 may touch is its process', or a window's that
/// has as many references at least.
fn check_owners(frames: &Value, threads: &Value, memory: &Memory) {
    let owners = owners_by_frame(frames);
    let mut first_tasks = BTreeMap::new();
    for thread in rows(threads) {
        let cr3 = address(&thread["cr3"]);
        first_tasks.entry(number(&thread["process"])).or_insert(cr3);
    }
    for (process, cr3) in first_tasks {
        for (page, mapping) in memory.mappings(cr3) {
            let Some((owner, kind)) = owners.get(&mapping.frame) else {
                panic!("{page:#x} of process {process} maps no memory")
            };
            assert_ne!(kind, "free", "{page:#x} of process {process}");
            if mapping.user && kind != "shared window" {
                assert_eq!(*owner, Some(process), "{page:#x}: {mapping:?}");
            }
        }
    }
}

fn owners_by_frame(frames: &Value) -> BTreeMap<u32, (Option<u64>, String)> {
    let mut owners = BTreeMap::new();
    for run in rows(frames) {
        let first = address(&run["first"]);
        let kind = run["kind"].as_str().unwrap_or_default();
        for index in 0..number(&run["frames"]) as u32 {
            let owner = (run["owner_process"].as_u64(), kind.to_owned());
            owners.insert(first + index * PAGE_BYTES, owner);
        }
    }
    owners
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}
