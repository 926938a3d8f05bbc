//! A program that misbehaves harms only itself, and shows what it does: it
//! alone dies of a fault or is debugged where it faulted, or it waits.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tests::artifacts::image::Image;
use tests::artifacts::{self, MISBEHAVING, PROGRAMS};
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::{wait_for, wait_until};
use tests::machine::{Machine, Setup};

const LIMIT: Duration = Duration::from_secs(60);

/// Asserts that `program` dies and that every other process keeps working.
fn assert_dies_alone(machine: &Machine, program: &str) {
    wait_until(&format!("`{program}` to be gone"), LIMIT, || {
        !processes(machine).contains(program)
    });
    assert_others_go_on(machine, &[]);
}

/// Asserts that the processes are the demo system's and those named `more`,
/// and that the former keep working.
fn assert_others_go_on(machine: &Machine, more: &[&str]) {
    let names = PROGRAMS.iter().chain(more).chain(&["kernel"]);
    let expected = names.map(|&name| name.to_owned()).collect();
    assert_eq!(processes(machine), expected);
    for name in ["source", "consumer", "workers"] {
        // The tick that it waits for, or whatever else it does.
        let does = |machine: &Machine| {
            let threads = threads_of(machine, name);
            assert_eq!(threads.len(), 1, "{threads:?}");
            (threads[0]["state"].clone(), threads[0]["waits_for"].clone())
        };
        let before = does(machine);
        let what = format!("`{name}` to go on");
        wait_until(&what, LIMIT, || does(machine) != before);
    }
}

/// The names of all processes.
fn processes(machine: &Machine) -> BTreeSet<String> {
    let answer = host_cli::json(machine.endpoint(), &["processes"]);
    let names = answer.rows("processes").iter();
    names.filter_map(|row| row["name"].as_str()).map(str::to_owned).collect()
}

/// The rows of the threads with this name.
fn threads_of(machine: &Machine, name: &str) -> Vec<Value> {
    let answer = host_cli::json(machine.endpoint(), &["threads"]);
    let rows = answer.rows("threads").iter();
    rows.filter(|row| row["name"] == name).cloned().collect()
}

/// Waits until the kernel has killed a process, and returns what it says.
fn killed(machine: &Machine) -> String {
    machine.wait_for_line("killed: process ", LIMIT)
}

/// Asserts that `line` reports a page fault of `program`, and returns the
/// instruction's address and the one that it accessed.
fn page_fault(line: &str, program: &str) -> (u32, u32) {
    assert!(line.contains(&format!("({program}), task ")), "{line}");
    let (_, rest) = line.split_once(": page fault at 0x").expect(line);
    let (eip, address) = rest.split_once(", address 0x").expect(line);
    let number = |digits| u32::from_str_radix(digits, 16).expect(line);
    (number(eip), number(address))
}

/// Returns the address of a function of a program.
fn function(program: &str, name: &str) -> u32 {
    Image::open(&artifacts::program(program)).address(name)
}

/// Asserts that `line` reports the fault of the program `null`.
fn assert_tells_of_null(line: &str) {
    let function = function("null", "null::read_null");
    let (eip, address) = page_fault(line, "null");
    assert!((function..function + 64).contains(&eip), "{line}");
    assert_eq!(address, 0, "{line}");
}

/// Attaches gdb to a machine that waits, with the symbols of a program, and
/// lets it run until that program faults.
fn gdb_at_the_fault(machine: &Machine, program: &str) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    let image = artifacts::program(program);
    gdb.command(&format!("add-symbol-file {}", image.display()));
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert!(!machine.console().contains("killed:"), "not yet");
    let threads = gdb.command("info threads");
    let current = threads.lines().find(|line| line.starts_with('*'));
    let current = current.expect("a thread is marked");
    assert!(current.contains(program), "{threads}");
    gdb
}

/// Passes the fault on, and returns what the kernel says of it.
fn let_go(machine: &Machine, mut gdb: Gdb) -> String {
    gdb.send("continue");
    gdb.wait_until_continuing();
    let line = killed(machine);
    gdb.interrupt();
    gdb.answer();
    gdb.command("detach");
    line
}

/// Returns the number that gdb prints for an expression.
fn value_of(gdb: &mut Gdb, expression: &str) -> u32 {
    let answer = gdb.command(&format!("printf \"%#x\\n\", {expression}"));
    let digits = answer.trim().trim_start_matches("0x");
    u32::from_str_radix(digits, 16).expect(&answer)
}

#[test]
fn without_a_debugger_it_dies_alone() {
    let machine = Setup::demo().word("demo=null").boot();
    assert_tells_of_null(&killed(&machine));
    assert_dies_alone(&machine, "null");
}

#[test]
fn without_a_stub_it_dies_too() {
    let machine = Setup::without_stub().word("demo=null").boot();
    assert_tells_of_null(&killed(&machine));
}

#[test]
fn with_gdb_it_stops_at_the_instruction_in_its_own_task() {
    let machine = Setup::demo().word("demo=null").word("wait").boot();
    let mut gdb = gdb_at_the_fault(&machine, "null");
    let frame = gdb.command("frame");
    assert!(frame.contains("null::read_null"), "{frame}");
    assert!(frame.contains("null.rs:"), "{frame}");
    assert_eq!(value_of(&mut gdb, "$cr2"), 0);
    let code = gdb.command("x/i $eip");
    assert!(code.contains("=> 0x") && code.contains("mov"), "{code}");

    assert_tells_of_null(&let_go(&machine, gdb));
    assert_dies_alone(&machine, "null");
}

/// The lowest address of a stack at its largest: 4 MiB, from the top of
/// memory downwards.
const STACK_END: u32 = 0xFFC0_0000;

#[test]
fn a_stack_that_grows_without_end_ends_its_own_process_only() {
    let machine = Setup::demo().word("demo=overflow").boot();
    let line = killed(&machine);
    let (eip, address) = page_fault(&line, "overflow");
    let descend = function("overflow", "overflow::descend");
    assert!((descend..descend + 128).contains(&eip), "{line}");
    // Its own limit stopped it, not a lack of memory.
    assert!((STACK_END - 0x1000..STACK_END).contains(&address), "{line}");
    assert_dies_alone(&machine, "overflow");
}

#[test]
fn gdb_sees_a_stack_where_it_overflows_and_its_innermost_calls() {
    let machine = Setup::demo().word("demo=overflow").word("wait").boot();
    let mut gdb = gdb_at_the_fault(&machine, "overflow");
    let calls = gdb.command("backtrace 4");
    assert_eq!(calls.matches("overflow::descend").count(), 4, "{calls}");
    assert!(calls.contains("overflow.rs:"), "{calls}");
    let top = STACK_END - 0x1000;
    let address = value_of(&mut gdb, "$cr2");
    assert!((top..STACK_END).contains(&address), "{address:#x}");
    // The part of the stack that is mapped can be read, the rest cannot.
    let there = gdb.command(&format!("x/x {STACK_END:#x}"));
    assert!(!there.contains("Cannot access"), "{there}");
    let beyond = gdb.command(&format!("x/x {top:#x}"));
    assert!(beyond.contains("Cannot access memory"), "{beyond}");

    let line = let_go(&machine, gdb);
    assert_eq!(page_fault(&line, "overflow").1, address);
    assert_dies_alone(&machine, "overflow");
}

/// Where the function pointer of `wild` points.
const NOWHERE: u32 = 0xDEAD_C0DE;

#[test]
fn a_jump_to_nowhere_ends_its_own_process_only() {
    let machine = Setup::demo().word("demo=wild").boot();
    assert_eq!(page_fault(&killed(&machine), "wild"), (NOWHERE, NOWHERE));
    assert_dies_alone(&machine, "wild");
}

#[test]
fn gdb_finds_who_has_jumped_to_nowhere() {
    let machine = Setup::demo().word("demo=wild").word("wait").boot();
    let mut gdb = gdb_at_the_fault(&machine, "wild");
    assert_eq!(value_of(&mut gdb, "$eip"), NOWHERE);
    let calls = gdb.command("backtrace");
    assert!(calls.contains(&format!("#0  {NOWHERE:#x} in ?? ()")), "{calls}");
    let caller = calls.lines().find(|line| line.starts_with("#1 "));
    let caller = caller.expect(&calls);
    assert!(caller.contains("wild::call_nowhere"), "{calls}");
    assert!(caller.contains("wild.rs:"), "{calls}");

    let line = let_go(&machine, gdb);
    assert_eq!(page_fault(&line, "wild"), (NOWHERE, NOWHERE));
    assert_dies_alone(&machine, "wild");
}

/// Returns the mailbox that a thread which must be sending waits for.
fn full_mailbox_of(machine: &Machine, thread: &Value) -> Value {
    assert_eq!(thread["state"], "sending", "{thread}");
    let wait = &thread["waits_for"];
    assert_eq!(wait["kind"], "mailbox", "{thread}");
    let answer = host_cli::json(machine.endpoint(), &["mailboxes"]);
    let mut rows = answer.rows("mailboxes").iter();
    let mailbox = rows.find(|row| row["id"] == wait["id"]).expect("it exists");
    assert_eq!(mailbox["queued_bytes"], mailbox["capacity_bytes"]);
    assert_eq!(mailbox["waiting_senders"], json!([thread["id"]]));
    assert_eq!(mailbox["waiting_reader"], Value::Null);
    mailbox.clone()
}

/// Waits until this many threads of `program` send; returns their rows.
fn wait_for_senders(
    machine: &Machine,
    program: &str,
    count: usize,
) -> Vec<Value> {
    wait_for(&format!("`{program}` to wait for room"), LIMIT, || {
        let threads = threads_of(machine, program);
        let sends = |row: &Value| row["state"] == "sending";
        let done = threads.len() == count && threads.iter().all(sends);
        done.then_some(threads)
    })
}

#[test]
fn a_deadlock_shows_as_a_ring_of_threads_and_mailboxes() {
    let machine = Setup::demo().word("demo=deadlock").boot();
    let threads = wait_for_senders(&machine, "deadlock", 2);
    let [first, second] = [&threads[0], &threads[1]];
    assert_ne!(first["process"], second["process"]);
    for (thread, other) in [(first, second), (second, first)] {
        let mailbox = full_mailbox_of(&machine, thread);
        assert_eq!(mailbox["owner_process"], other["process"]);
        assert_eq!(mailbox["owner_task"], other["id"]);
        assert_eq!(mailbox["queued_messages"], 3);
    }
    // People get a sentence.
    let target = machine.endpoint().to_string();
    let text = host_cli::run(&["-t", &target, "threads"]).stdout;
    let lines = text.lines().filter(|line| line.contains("  deadlock "));
    let waits = lines.filter(|l| l.contains("waits for room in mailbox"));
    assert_eq!(waits.count(), 2, "{text}");

    // No process dies of it, and no other is blocked.
    assert_others_go_on(&machine, &["deadlock"]);
    assert_eq!(wait_for_senders(&machine, "deadlock", 2), threads);
    assert!(!machine.console().contains("killed:"));
}

#[test]
fn a_mailbox_that_nobody_reads_shows_who_waits_for_room_in_it() {
    let machine = Setup::demo().word("demo=full").boot();
    let threads = wait_for_senders(&machine, "full", 1);
    let mailbox = full_mailbox_of(&machine, &threads[0]);
    assert_eq!(mailbox["owner_process"], threads[0]["process"]);
    assert_eq!(mailbox["queued_messages"], 8);
    let id = mailbox["id"].to_string();
    let answer = host_cli::json(machine.endpoint(), &["mailboxes", &id]);
    let messages = &answer.rows("mailboxes")[0]["messages"];
    assert_eq!(messages.as_array().map(Vec::len), Some(8), "{messages}");

    assert_others_go_on(&machine, &["full"]);
    assert_eq!(wait_for_senders(&machine, "full", 1), threads);
    assert!(!machine.console().contains("killed:"));
}

#[test]
fn all_who_misbehave_at_once_leave_the_others_alone() {
    let word = format!("demo={}", MISBEHAVING.join(","));
    let machine = Setup::demo().word(&word).boot();
    wait_until("three to be killed", LIMIT, || {
        machine.console().matches("killed: process ").count() == 3
    });
    wait_until("the dead to be buried", LIMIT, || {
        let names = processes(&machine);
        !["null", "overflow", "wild"].iter().any(|name| names.contains(*name))
    });
    assert_others_go_on(&machine, &["deadlock", "full"]);
    wait_for_senders(&machine, "deadlock", 2);
    wait_for_senders(&machine, "full", 1);
}

#[test]
fn a_kernel_stack_that_overflows_ends_its_own_process_only() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    // Task 8 is the sleeper. It is stopped as it enters the kernel, on the
    // last words of its one-page stack.
    gdb.command("break kernel::system_call::dispatch thread 8");
    let stop = gdb.command("continue");
    assert!(stop.contains("Thread 8 hit Breakpoint 1"), "{stop}");
    gdb.command("delete");
    gdb.command("set $esp = 0xfc000008");
    let stop = gdb.command("continue");
    assert!(stop.contains("SIG"), "the guard page is hit: {stop}");
    gdb.send("continue");
    machine.wait_for_line("kernel stack overflow: task 8 ", LIMIT);
    let line = killed(&machine);
    assert!(line.starts_with("killed: process 7 (sleeper), task 8"), "{line}");
    gdb.interrupt();
    gdb.answer();
    gdb.command("detach");
    wait_until("the sleeper to be gone", LIMIT, || {
        !processes(&machine).contains("sleeper")
    });
    for name in ["source", "consumer", "workers"] {
        let waits = |machine: &Machine| {
            threads_of(machine, name)[0]["waits_for"].clone()
        };
        let before = waits(&machine);
        wait_until(name, LIMIT, || waits(&machine) != before);
    }
}
