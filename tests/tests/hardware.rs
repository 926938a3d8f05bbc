//! Breakpoints and watchpoints in the processor's debug registers, as gdb
//! sets them.

use std::collections::BTreeSet;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// The task that never yields the processor, and the one that checks.
const SPINNER: u32 = 14;
const CHECKER: u32 = 9;

/// Attaches gdb to the whole demo system, with the symbols of `workers` and
/// one of its threads selected.
fn gdb_in_workers(machine: &Machine) -> Gdb {
    let tasks = host_cli::whole_demo(machine.endpoint());
    assert_eq!(tasks[SPINNER as usize - 1]["name"], "spinner");
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let workers = artifacts::program("workers");
    gdb.command(&format!("add-symbol-file {}", workers.display()));
    gdb.command(&format!("thread {SPINNER}"));
    gdb
}

/// Detaches gdb, and asserts that the system continues.
fn let_go(machine: &mut Machine, mut gdb: Gdb) {
    gdb.command("detach");
    ticks::wait_for(machine, 1);
}

/// Returns the old and the new value that gdb prints for a watchpoint.
fn change(stop: &str) -> (u32, u32) {
    let number = |name: &str| {
        let (_, rest) = stop.split_once(name).expect(stop);
        let digits = rest.lines().next().expect(stop);
        digits.parse().expect(stop)
    };
    (number("Old value = "), number("New value = "))
}

/// Returns the number that gdb prints for an expression.
fn value_of(gdb: &mut Gdb, expression: &str) -> u32 {
    let answer = gdb.command(&format!("printf \"%u\\n\", {expression}"));
    answer.trim().parse().expect(&answer)
}

#[test]
fn a_write_in_the_kernel_is_watched() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb_in_workers(&machine);
    let ticks = ticks::address();
    gdb.command("watch *(unsigned *) &stormglass_ticks");
    for _ in 0..3 {
        let stop = gdb.command("continue");
        let (old, new) = change(&stop);
        assert_eq!(old + 1, new);
        assert_eq!(machine.monitor.word(ticks), new, "as QEMU has it");
    }
    // What it left for the next client.
    gdb.crash();
    let info = host_cli::json(machine.endpoint(), &["info"]);
    let reason = &info.json["stop"]["reason"];
    assert_eq!(*reason, format!("write watchpoint at {ticks:#010x}"));
    let mut next = Gdb::start(&artifacts::kernel());
    next.attach(&machine.endpoint().for_gdb());
    let_go(&mut machine, next);
}

#[test]
fn a_write_in_a_program_is_watched_whichever_thread_does_it() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb_in_workers(&machine);
    gdb.command("watch *(unsigned *) &workers::TOTAL");
    let mut threads = BTreeSet::new();
    wait_until("every worker to be caught", LIMIT, || {
        let stop = gdb.command("continue");
        assert!(stop.contains("workers::add_one"), "{stop}");
        let (old, new) = change(&stop);
        assert_eq!(old + 1, new);
        threads.insert(value_of(&mut gdb, "$_thread"));
        threads.len() == 3
    });
    gdb.command("delete");
    let_go(&mut machine, gdb);
}

#[test]
fn a_read_is_watched_apart_from_a_write() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb_in_workers(&machine);
    // The workers write it, one after the other; `check` reads it.
    gdb.command("rwatch *(unsigned *) &workers::COUNTS");
    for _ in 0..2 {
        let stop = gdb.command("continue");
        assert!(stop.contains("\nValue = "), "{stop}");
        assert_eq!(value_of(&mut gdb, "$_thread"), CHECKER);
    }
    gdb.command("delete");
    gdb.command("awatch *(unsigned *) &workers::COUNTS");
    let mut threads = BTreeSet::new();
    wait_until("a read and a write", LIMIT, || {
        let stop = gdb.command("continue");
        assert!(stop.contains("(read/write) watchpoint"), "{stop}");
        let thread = value_of(&mut gdb, "$_thread");
        assert_eq!(stop.contains("\nValue = "), thread == CHECKER, "{stop}");
        threads.insert(thread);
        threads.len() == 2
    });
    gdb.command("delete");
    let_go(&mut machine, gdb);
}

#[test]
fn a_step_reports_what_it_has_changed() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb_in_workers(&machine);
    gdb.command("tbreak workers::add_one");
    gdb.command("continue");
    let thread = value_of(&mut gdb, "$_thread");
    gdb.command("watch *(unsigned *) &workers::TOTAL");
    // QEMU 7.2 dies of a step that the processor itself catches.
    let mut stop = String::new();
    for _ in 0..20 {
        stop = gdb.command("stepi");
        if stop.contains("Old value") {
            break;
        }
    }
    let (old, new) = change(&stop);
    assert_eq!(old + 1, new);
    assert_eq!(value_of(&mut gdb, "$_thread"), thread);
    // In a range of steps as well, after the breakpoint that it starts at.
    // A tick that is due may let another worker come first.
    gdb.command("break workers::add_one");
    let arrives = |stop: &str| stop.contains("hit Breakpoint 3, workers::");
    wait_until("a worker at the breakpoint", LIMIT, || {
        arrives(&gdb.command("continue"))
    });
    let mut lines = 0;
    wait_until("a worker to count in a range of steps", LIMIT, || {
        stop = gdb.command("next");
        lines = if arrives(&stop) { 0 } else { lines + 1 };
        stop.contains("Old value")
    });
    assert!(lines <= 2, "it counts in its second line: {stop}");
    let (old, new) = change(&stop);
    assert_eq!(old + 1, new);
    gdb.command("delete");
    let_go(&mut machine, gdb);
}

#[test]
fn a_breakpoint_needs_no_change_in_memory() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb_in_workers(&machine);
    for (function, thread) in [
        // In ring 0, and in ring 3.
        ("kernel::system_call::dispatch", None),
        ("workers::check", Some(CHECKER)),
    ] {
        let kernel = Image::open(&artifacts::kernel());
        // The thread that stopped last may belong to another process.
        gdb.command(&format!("thread {SPINNER}"));
        let said = gdb.command(&format!("hbreak {function}"));
        assert!(said.contains("Hardware assisted breakpoint"), "{said}");
        for _ in 0..3 {
            let stop = gdb.command("continue");
            assert!(stop.contains("hit Breakpoint"), "{stop}");
            if let Some(thread) = thread {
                assert_eq!(value_of(&mut gdb, "$_thread"), thread);
            } else {
                let at = kernel.address(function);
                let byte = machine.monitor.word(at) & 0xFF;
                assert_ne!(byte, 0xCC, "no int3");
            }
        }
        gdb.command("delete");
    }
    let_go(&mut machine, gdb);
}

/// Three processes of one program, and one of another.
fn sleepers() -> Setup {
    let sleepers = ["sleeper 40", "sleeper 30", "sleeper 20", "source"];
    Setup::demo().modules(&sleepers)
}

#[test]
fn a_breakpoint_belongs_to_every_process_of_its_program() {
    stop_all(&mut sleepers().boot());
}

#[test]
fn a_breakpoint_belongs_to_every_process_of_its_program_in_bochs() {
    stop_all(&mut sleepers().in_bochs().boot());
}

/// Whichever thread is selected: each sleeper stops, until the breakpoint is
/// narrowed to one of them, and again once it is widened.
fn stop_all(machine: &mut Machine) {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let sleeper = artifacts::program("sleeper");
    gdb.command(&format!("add-symbol-file {}", sleeper.display()));
    let at = Image::open(&sleeper).address("sleeper::turn");
    let next = |gdb: &mut Gdb| {
        let stop = gdb.command("continue");
        assert!(stop.contains("sleeper::turn"), "{stop}");
        value_of(gdb, "$_thread")
    };
    let all = |gdb: &mut Gdb| {
        let mut seen = BTreeSet::new();
        wait_until("all sleepers to stop", LIMIT, || {
            seen.insert(next(gdb));
            seen == BTreeSet::from([3, 4, 5])
        });
    };
    for set in ["hbreak", "break"] {
        gdb.command("thread 6");
        gdb.command(&format!("{set} *{at:#x}"));
        all(&mut gdb);
        let said =
            gdb.command(&format!("monitor breakpoint {at:#x} process 3"));
        assert!(said.contains("now belongs to process 3"), "{said}");
        for _ in 0..5 {
            assert_eq!(next(&mut gdb), 4);
        }
        let said = gdb.command(&format!("monitor breakpoint {at:#x} all"));
        assert!(said.contains("now belongs to 3 "), "{said}");
        all(&mut gdb);
        gdb.command("delete");
    }
    let_go(machine, gdb);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    assert_refused(&Setup::demo());
}

#[test]
fn what_cannot_be_watched_is_refused_in_bochs_too() {
    assert_refused(&Setup::demo().in_bochs());
}

fn assert_refused(setup: &Setup) {
    let mut machine = setup.boot();
    let mut gdb = gdb_in_workers(&machine);
    let cannot = "Could not insert hardware";
    for what in [
        // A kernel stack, the TSS that all tasks run in, the descriptors.
        "*(unsigned *) 0xfc000ff0",
        "*(unsigned *) 0x0000a038",
        "*(unsigned *) 0x0000b000",
        "*(unsigned *) &exception_stacks",
        // More than four registers hold.
        "*(char (*)[17]) &workers::COUNTS",
    ] {
        gdb.command(&format!("watch {what}"));
        let said = gdb.command("continue");
        assert!(said.contains(cannot), "{what}: {said}");
        gdb.command("delete");
    }
    for (set, kind) in [("hbreak", "hardware breakpoint"), ("break", "break")] {
        gdb.command(&format!("{set} kernel::devices::clock::now_us"));
        let said = gdb.command("continue");
        assert!(said.contains(&format!("Cannot insert {kind}")), "{said}");
        gdb.command("delete");
    }
    // What is too long for one register takes several.
    gdb.command("watch *(unsigned (*)[3]) &workers::COUNTS");
    let stop = gdb.command("continue");
    assert!(stop.contains("workers::add_one"), "{stop}");
    gdb.command("delete");
    let_go(&mut machine, gdb);
}

#[test]
fn a_breakpoint_can_be_given_to_another_process_and_to_all() {
    give_away(&mut sleepers().boot());
}

#[test]
fn a_breakpoint_can_be_given_away_in_bochs_too() {
    give_away(&mut sleepers().in_bochs().boot());
}

fn give_away(machine: &mut Machine) {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let sleeper = artifacts::program("sleeper");
    gdb.command(&format!("add-symbol-file {}", sleeper.display()));
    let turn = Image::open(&sleeper).address("sleeper::turn");
    for set in ["break", "hbreak"] {
        gdb.command("thread 3");
        // At the address itself, not after the function's prologue.
        gdb.command(&format!("{set} *{turn:#x}"));
        for (whose, threads) in
            [("process 4", &[5][..]), ("process 2", &[3]), ("all", &[3, 4, 5])]
        {
            let said =
                gdb.command(&format!("monitor breakpoint {turn:#x} {whose}"));
            assert!(said.contains(" now belongs to "), "{said}");
            let mut hits = BTreeSet::new();
            for _ in 0..5 {
                let stop = gdb.command("continue");
                assert!(stop.contains("sleeper::turn"), "{stop}");
                hits.insert(value_of(&mut gdb, "$_thread"));
            }
            wait_until("all that it is of", LIMIT, || {
                let is_met = hits.iter().copied().eq(threads.iter().copied());
                if !is_met {
                    gdb.command("continue");
                    hits.insert(value_of(&mut gdb, "$_thread"));
                }
                is_met
            });
        }
        gdb.command("delete");
    }
    let_go(machine, gdb);
}
