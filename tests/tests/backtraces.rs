//! A backtrace is the same in gdb and in lldb: from ring 3 through the gate into
//! ring 0, and for tasks that wait, sleep or are ready; and it ends where its
//! task began.
//!
//! Compared by the source lines of all frames. Names are not the same in every
//! version: lldb before 16 names the function around an inlined one.

use std::collections::BTreeMap;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::lldb::Lldb;
use tests::clients::version;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

/// The source lines of a backtrace's frames, the innermost first; empty for a
/// frame without one.
type Lines = Vec<String>;

/// Returns the source line at the end of a frame: `file.rs:7`.
fn line_of(frame: &str) -> String {
    let place = frame.rsplit_once(" at ").map_or("", |(_, place)| place);
    let file = place.trim().rsplit('/').next().unwrap_or_default();
    // lldb adds the column.
    file.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}

/// Returns the backtraces of all tasks, by id.
fn by_gdb(gdb: &mut Gdb) -> BTreeMap<u32, Lines> {
    let said = gdb.command("thread apply all -s backtrace");
    let mut all = BTreeMap::new();
    for section in said.split("\nThread ").skip(1) {
        let (head, frames) = section.split_once('\n').expect(section);
        let id = head.split_once("(Thread ").expect(head).1;
        let id = id.split_once(' ').expect(head).0;
        let frames = frames.lines().filter(|line| line.starts_with('#'));
        assert!(!frames.clone().any(|it| it.contains("??")), "{section}");
        let id = id.parse().expect("a number");
        all.insert(id, frames.map(line_of).collect());
    }
    all
}

/// Returns the backtrace of the task that lldb shows.
fn by_lldb(lldb: &mut Lldb) -> Lines {
    let said = lldb.command("thread backtrace");
    let frames = said.lines().filter(|line| line.contains("frame #"));
    frames.map(line_of).collect()
}

/// Asserts that both show the same lines. What the compiler says is of no line,
/// lldb shows as line 0, and gdb as the line before.
fn assert_same(lldb: &Lines, gdb: &Lines, whose: &str) {
    let is_same = |(lldb, gdb): (&String, &String)| {
        let file = lldb.strip_suffix(":0");
        lldb == gdb || file.is_some_and(|file| gdb.starts_with(file))
    };
    let both = lldb.iter().zip(gdb);
    let all_same = lldb.len() == gdb.len() && both.clone().all(is_same);
    let zeros = both.filter(|(lldb, _)| lldb.ends_with(":0")).count();
    assert!(all_same && zeros < 3, "{whose}: {lldb:?}, by gdb {gdb:?}");
}

fn stopped(machine: &Machine) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    let directory = artifacts::directory();
    gdb.command(&format!("set sysroot {}", directory.display()));
    gdb.attach(&machine.endpoint().for_gdb());
    gdb
}

/// Attaches to what a debugger has left stopped.
fn attached(machine: &Machine) -> Lldb {
    let mut lldb = Lldb::start(&artifacts::kernel());
    let directory = artifacts::directory();
    let paths = directory.display();
    lldb.command(&format!("settings set target.exec-search-paths {paths}"));
    let line = machine.endpoint().for_lldb();
    lldb.command(&format!("process connect --plugin gdb-remote {line}"));
    if !version::is_at_least("lldb", 23) {
        lldb.command(&format!("command source {paths}/programs.lldb"));
    }
    lldb
}

#[test]
fn every_task_has_the_same_in_gdb_and_in_lldb() {
    let mut machine = Setup::demo().boot();
    let tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = stopped(&machine);
    gdb.command("break kernel::process::mailbox::send");
    let stop = gdb.command("continue");
    assert!(stop.contains("mailbox::send"), "{stop}");
    gdb.command("delete");
    // Where an inlined function begins, gdb shows the one around it.
    gdb.command("stepi");
    let expected = by_gdb(&mut gdb);
    assert_eq!(expected.len(), tasks.len());
    let deepest = expected.values().map(Vec::len).max();
    assert!(deepest > Some(12), "through the gate: {expected:?}");
    gdb.crash();
    let mut lldb = attached(&machine);
    let shown = by_lldb(&mut lldb);
    assert_same(&shown, &expected[&stopped_task(&mut lldb)], "at first");
    for (id, expected) in &expected {
        lldb.command(&format!("process plugin packet monitor task {id}"));
        lldb.command("process continue");
        assert_eq!(stopped_task(&mut lldb), *id);
        assert_same(&by_lldb(&mut lldb), expected, &format!("task {id}"));
    }
    lldb.command("process detach");
    ticks::wait_for(&mut machine, 1);
}

/// Returns the id of the task that lldb has selected.
fn stopped_task(lldb: &mut Lldb) -> u32 {
    let shown = lldb.command("thread info");
    let (_, id) = shown.split_once("tid = 0x").expect(&shown);
    u32::from_str_radix(&id[..4], 16).expect(&shown)
}
