//! Programs' files find themselves: gdb and lldb show every task by function and
//! line, and break in a program by name, also before it runs.

use std::collections::BTreeSet;
use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::lldb::Lldb;
use tests::clients::rsp::Rsp;
use tests::clients::version;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// Starts gdb where it finds the programs' files, and attaches it.
fn attached(machine: &Machine) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    let directory = artifacts::directory();
    gdb.command(&format!("set sysroot {}", directory.display()));
    gdb.attach(&machine.endpoint().for_gdb());
    gdb
}

fn let_go(machine: &mut Machine, mut gdb: Gdb) {
    gdb.command("delete");
    gdb.command("detach");
    ticks::wait_for(machine, 1);
}

fn every_task_is_named(mut machine: Machine) {
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let images = host_cli::json(machine.endpoint(), &["images"]);
    let mut gdb = attached(&machine);
    let threads = gdb.command("info threads");
    assert!(threads.contains("(source/source "), "{threads}");
    assert!(!threads.contains(" ?? "), "{threads}");
    // Each image once, with its true range, as the kernel's table has it.
    let listed = gdb.command("info sharedlibrary");
    for row in images.rows("images") {
        let name = row["name"].as_str().expect("a name");
        let is_listed = listed.contains(&format!("/{name}\n"));
        assert_eq!(is_listed, row["kernel"] == false, "{name} in {listed}");
        if is_listed {
            let line =
                listed.lines().find(|it| it.ends_with(&format!("/{name}")));
            let from = line.expect("it is there").split_whitespace().next();
            assert_eq!(from, row["start"].as_str(), "{listed}");
        }
    }
    // From the kernel into the program, by name and line.
    gdb.command("break kernel::system_call::dispatch");
    gdb.command("continue");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("interrupt_common"), "{calls}");
    assert!(calls.contains(" at kernel/programs/src/bin/"), "{calls}");
    assert!(!calls.contains(" ?? "), "{calls}");
    // A thread's, too, which no program has called.
    gdb.command("delete");
    gdb.command("break workers::add_one");
    gdb.command("continue");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("thread_start ()"), "{calls}");
    assert!(!calls.contains(" ?? "), "{calls}");
    let_go(&mut machine, gdb);
}

#[test]
fn gdb_names_every_task() {
    every_task_is_named(Setup::demo().boot());
}

#[test]
fn gdb_names_every_task_in_bochs() {
    every_task_is_named(Setup::demo().in_bochs().boot());
}

/// lldb before 23 forgets the kernel if it gets a list: it is not offered one.
#[test]
fn lldb_names_every_task() {
    if !version::is_at_least("lldb", 23) {
        return;
    }
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut lldb = Lldb::start(&artifacts::kernel());
    let directory = artifacts::directory();
    let paths = directory.display();
    lldb.command(&format!("settings set target.exec-search-paths {paths}"));
    let line = machine.endpoint().for_lldb();
    lldb.command(&format!("process connect --plugin gdb-remote {line}"));
    let threads = lldb.command("thread list");
    let tasks = threads.lines().filter(|line| line.contains("tid = "));
    for task in tasks {
        assert!(task.contains('`'), "{task} has no name in {threads}");
    }
    let set = lldb.command("breakpoint set -n source::next_parcel");
    assert!(set.contains("where = source`source::next_parcel"), "{set}");
    let stop = lldb.command("process continue");
    assert!(stop.contains("stop reason = breakpoint 1.1"), "{stop}");
    let calls = lldb.command("thread backtrace");
    assert!(calls.contains("source`source::main at source.rs"), "{calls}");
    lldb.command("breakpoint delete -f");
    lldb.command("process detach");
    ticks::wait_for(&mut machine, 1);
}

/// Three of one program, one of another, and nothing of them runs yet.
#[test]
fn a_breakpoint_is_set_by_name_before_its_programs_start_and_hits_in_each() {
    let programs = ["stepped", "source", "stepped again", "stepped 3", "relay"];
    let setup = Setup::demo().modules(&programs).word("wait");
    let mut machine = setup.boot();
    let mut gdb = attached(&machine);
    let said = gdb.command("break stepped::main");
    assert!(said.contains("bin/stepped.rs, line"), "{said}");
    let said = gdb.command("break source::main");
    assert!(said.contains("bin/source.rs, line"), "{said}");
    // In which order they start is the machine's time's affair, and gdb numbers
    // first what stops first; the id is in parentheses.
    let mut left = BTreeSet::from([3, 4, 5, 6]);
    while !left.is_empty() {
        let stop = gdb.command("continue");
        let shown = gdb.command("thread");
        let is_shown = |id: &u32| shown.contains(&format!("(Thread {id})"));
        let id = left.iter().copied().find(is_shown).expect(&shown);
        left.remove(&id);
        let program = if id == 4 { "source" } else { "stepped" };
        assert!(stop.contains(&format!("{program}::main")), "{stop}");
    }
    let_go(&mut machine, gdb);
    wait_until("all programs", LIMIT, || {
        machine.lines("ready: 5 programs run").len() == 1
    });
    assert_eq!(machine.lines("killed:"), [""; 0]);
}

/// A program that another program creates, long after its breakpoint was set.
#[test]
fn a_process_that_is_created_later_has_the_breakpoint() {
    let setup = Setup::demo().modules(&["cycler 20 0"]).word("wait");
    let mut machine = setup.boot();
    let mut gdb = attached(&machine);
    gdb.command("break cycler::main");
    let mut threads = BTreeSet::new();
    wait_until("five processes at the breakpoint", LIMIT, || {
        // Between them, the children fault in ways of their own.
        if gdb.command("continue").contains("hit Breakpoint 1, ") {
            threads.insert(gdb.command("printf \"%d\\n\", $_gthread"));
        }
        threads.len() == 5
    });
    let_go(&mut machine, gdb);
    machine.wait_for_line("cycler: done: 20 rounds", LIMIT);
}

/// The default `sysroot` is the target's files: it costs gdb a question, and no
/// more for each image.
#[test]
fn without_files_the_list_costs_a_bounded_number_of_trips() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let trips = |sysroot: Option<&str>| {
        let mut gdb = Gdb::start(&artifacts::kernel());
        if let Some(path) = sysroot {
            gdb.command(&format!("set sysroot {path}"));
        }
        gdb.command("set debug remote 1");
        let said = gdb.attach(&machine.endpoint().for_gdb());
        gdb.command("set debug remote 0");
        gdb.command("detach");
        said.matches("Sending packet: $").count()
    };
    let directory = artifacts::directory();
    let (without, with) =
        (trips(None), trips(Some(&directory.display().to_string())));
    assert!(with <= 24, "{with} trips");
    assert!(without <= with + 6, "{without} trips, {with} with files");
}

/// Two programs of other people that claim the same addresses.
#[test]
fn images_that_overlap_are_told_and_their_symbols_are_not_guessed() {
    let source = artifacts::program("source");
    let scratch = tempfile::tempdir().expect("a directory can be made");
    // The same addresses, and another build id.
    let bytes = std::fs::read(source).expect("it is there");
    let build_id = object_build_id(&bytes);
    let at = bytes.windows(20).position(|it| it == build_id);
    let mut other = bytes.clone();
    other[at.expect("the note is in the file")] ^= 1;
    let path = scratch.path().join("impostor");
    std::fs::write(&path, other).expect("written");
    let setup = Setup::demo().modules(&["source", "relay"]);
    let machine = setup.module_file(&path, "").boot();
    let images = host_cli::json(machine.endpoint(), &["images"]);
    let overlaps: Vec<_> = images
        .rows("images")
        .iter()
        .map(|row| row["overlaps"].as_u64())
        .collect();
    assert_eq!(overlaps, [None, Some(4), None, Some(2)]);
    let mut rsp = Rsp::connect(machine.endpoint());
    rsp.ask("qSupported:swbreak+;qRelocInsn+");
    let list = rsp.ask("qXfer:libraries:read::0,ffb");
    assert!(list.contains("/relay"), "{list}");
    assert!(!list.contains("/source"), "{list}");
    assert!(!list.contains("/impostor"), "{list}");
}

fn object_build_id(bytes: &[u8]) -> Vec<u8> {
    use object::Object;
    let file = object::File::parse(bytes).expect("it is an image");
    let id = file.build_id().expect("it has notes").expect("it has one");
    id.to_vec()
}
