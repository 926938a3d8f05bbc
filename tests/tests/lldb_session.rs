//! What a person does with plain lldb, command by command.

use std::time::Duration;
use tests::artifacts;
use tests::clients::host_cli;
use tests::clients::lldb::Lldb;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Serial, Setup};
use tests::scenes::goes_on_alone;
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// What lldb says of a system that it has stopped.
const STOPS: &str = "stop reason = signal SIGINT";

/// Attaches lldb to the machine, which stops.
fn attached(machine: &Machine) -> Lldb {
    let mut lldb = Lldb::start(&artifacts::kernel());
    let stop = lldb.command(&connect(machine));
    assert!(stop.contains(STOPS), "{stop}");
    lldb
}

fn connect(machine: &Machine) -> String {
    let line = machine.endpoint().for_lldb();
    format!("process connect --plugin gdb-remote {line}")
}

/// Boots the demo system, and waits until all of it runs.
fn boot(setup: &Setup) -> Machine {
    let machine = setup.boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    machine
}

fn in_qemu(serial: Serial) -> Machine {
    boot(&Setup::demo().serial(serial))
}

/// Stops at a breakpoint on `function`, and deletes it.
fn stop_at(lldb: &mut Lldb, function: &str) -> String {
    let set = lldb.command(&format!("breakpoint set -n {function}"));
    assert!(set.contains("Breakpoint 1: where = kernel.elf`"), "{set}");
    let stop = lldb.command("process continue");
    assert!(stop.contains("stop reason = breakpoint 1.1"), "{stop}");
    // Since lldb 23 the innermost frame may be one that is inlined there.
    let calls = lldb.command("thread backtrace");
    assert!(calls.contains(&format!("kernel.elf`{function}")), "{calls}");
    lldb.command("breakpoint delete -f");
    stop
}

#[test]
fn it_attaches_interrupts_detaches_and_attaches_again() {
    come_and_go(&mut in_qemu(Serial::Tcp));
}

#[test]
fn it_comes_and_goes_through_a_socket_too() {
    come_and_go(&mut in_qemu(Serial::Unix));
}

/// Waits until lldb knows the system's state. It does not always report a
/// stop by itself, and it interrupts nothing before it knows that the system
/// runs.
fn wait_for(lldb: &mut Lldb, state: &str) {
    wait_until(state, LIMIT, || lldb.command("process status").contains(state));
}

fn come_and_go(machine: &mut Machine) {
    let mut lldb = Lldb::start_interactive(&artifacts::kernel());
    lldb.command(&connect(machine));
    wait_for(&mut lldb, STOPS);
    let ticks = ticks::address();
    let first = machine.monitor.word(ticks);
    lldb.command("process continue");
    wait_until("the system to run", LIMIT, || {
        machine.monitor.word(ticks) != first
    });
    wait_for(&mut lldb, "is running");
    lldb.command("process interrupt");
    wait_for(&mut lldb, STOPS);
    lldb.command("detach");
    goes_on_alone(machine, &[]);
    lldb.command(&connect(machine));
    wait_for(&mut lldb, STOPS);
    // Nothing can be killed here: the system continues.
    lldb.command("process kill");
    drop(lldb);
    goes_on_alone(machine, &[]);
}

#[test]
fn it_breaks_steps_and_finds_the_way_back_to_the_program() {
    break_and_step(&in_qemu(Serial::Tcp));
}

fn break_and_step(machine: &Machine) {
    let mut lldb = attached(machine);
    let stop = stop_at(&mut lldb, "kernel::system_call::dispatch");
    let shown = stop.lines().find(|line| line.starts_with("-> "));
    let is_first = shown.is_some_and(|it| it.contains("let TrapFrame {"));
    assert!(is_first, "its first line is shown: {stop}");
    let calls = lldb.command("thread backtrace");
    for call in ["system_call::dispatch", "interrupt_entered", " 0x4"] {
        assert!(calls.contains(call), "{call} is not in {calls}");
    }
    let step = lldb.command("thread step-inst");
    assert!(step.contains("instruction step into"), "{step}");
    let step = lldb.command("thread step-over -m all-threads");
    assert!(step.contains("stop reason = step over"), "{step}");
    assert!(step.contains("system_call.rs"), "{step}");
    lldb.command("detach");
    goes_on_alone(machine, &[]);
}

#[test]
fn it_reads_and_writes_registers_memory_and_variables() {
    read_and_write(&in_qemu(Serial::Tcp));
}

fn read_and_write(machine: &Machine) {
    let mut lldb = attached(machine);
    stop_at(&mut lldb, "kernel::system_call::dispatch");
    let all = lldb.command("register read");
    for name in ["eax", "esp", "eip", "eflags", "cs", "gs"] {
        let shown = format!("{name} = 0x");
        assert!(all.contains(&shown), "{name} is not in {all}");
    }
    let one = lldb.command("register read cr0");
    let (_, digits) = one.split_once("cr0 = 0x").expect(&one);
    // Since lldb 19 the names of the flags follow.
    let digits = digits.split_whitespace().next().expect(&one);
    let cr0 = u32::from_str_radix(digits, 16).expect(&one);
    // What else is on is the processor's own.
    assert_eq!(cr0 & 0x8001_0001, 0x8001_0001, "paging is on: {one}");
    let esi = lldb.command("register read esi");
    lldb.command("register write esi 0x12345678");
    let new = lldb.command("register read esi");
    assert!(new.contains("esi = 0x12345678"), "{new}");
    let old = esi.trim().rsplit(' ').next().unwrap_or_default().to_owned();
    lldb.command(&format!("register write esi {old}"));
    let variable = lldb.command("frame variable frame");
    assert!(variable.contains("TrapFrame *) frame = 0xfc000fb4"), "{variable}");
    let member = lldb.command("frame variable frame->cs");
    assert!(member.contains("= 27"), "{member}");
    let memory = lldb.command("memory read -s 4 -f x -c 1 0xfc000fb4");
    assert!(memory.contains("0xfc000fb4: 0x00000023"), "{memory}");
    // Far below the stack's top, where nothing is in use.
    let word = "memory read -s 4 -f x -c 1 0xfc000100";
    lldb.command("memory write -s 4 0xfc000100 0xfeedbeef");
    let memory = lldb.command(word);
    assert!(memory.contains("0xfc000100: 0xfeedbeef"), "{memory}");
    lldb.command("detach");
    goes_on_alone(machine, &[]);
}

#[test]
fn every_task_is_a_thread_of_its_own() {
    list_threads(&in_qemu(Serial::Tcp));
}

fn list_threads(machine: &Machine) {
    let mut lldb = attached(machine);
    let threads = lldb.command("thread list");
    let count = threads.matches("tid = 0x").count();
    assert_eq!(count, artifacts::TASKS, "{threads}");
    // The sleeper is task 8.
    let line = threads.lines().find(|line| line.contains("tid = 0x0008"));
    let line = line.unwrap_or_else(|| panic!("no task 8 in {threads}"));
    assert!(line.contains("name = 'sleeper/sleeper "), "{line}");
    let number = line.split('#').nth(1).and_then(|n| n.split(':').next());
    let number = number.expect("it has a number");
    lldb.command(&format!("thread select {number}"));
    let shown = lldb.command("thread info");
    assert!(shown.contains("tid = 0x0008, 0x41400"), "{shown}");
    let esp = lldb.command("register read esp");
    assert!(esp.contains("unavailable"), "another's memory: {esp}");
    let calls = lldb.command("thread backtrace");
    // lldb may print its first frame twice: once more for the selection.
    assert!(calls.contains("frame #0: 0x41400"), "{calls}");
    assert!(!calls.contains("frame #1"), "{calls}");
    let said = lldb.command("process plugin packet monitor nothing");
    assert!(said.contains("no command `nothing`: try"), "{said}");
    show(&mut lldb, 8);
    let region = lldb.command("memory region 0xb000");
    let row = "[0x000000000000b000-0x000000000000c000) rwx GDT and IDT";
    assert!(region.contains(row), "{region}");
    let esp = lldb.command("register read esp");
    assert!(esp.contains("esp = 0xffff"), "its own stack: {esp}");
    let calls = lldb.command("thread backtrace");
    assert!(calls.contains("frame #1"), "{calls}");
    lldb.command("detach");
    goes_on_alone(machine, &[]);
}

/// Lets lldb show the memory of the task with this id.
fn show(lldb: &mut Lldb, id: u32) {
    lldb.command(&format!("process plugin packet monitor task {id}"));
    let stop = lldb.command("process continue");
    assert!(stop.contains(STOPS), "{stop}");
    assert_eq!(stopped_task(lldb), id);
}

/// Returns the id of the task that lldb has selected.
fn stopped_task(lldb: &mut Lldb) -> u32 {
    let shown = lldb.command("thread info");
    let (_, id) = shown.split_once("tid = 0x").expect(&shown);
    u32::from_str_radix(&id[..4], 16).expect(&shown)
}

/// Lets lldb look at every thread, as a person does who looks for something.
fn look_at_all(lldb: &mut Lldb) {
    for number in 1..=artifacts::TASKS {
        lldb.command(&format!("thread select {number}"));
        lldb.command("register read");
        lldb.command("memory read 0xfc000fb4");
    }
}

#[test]
fn what_it_changes_is_the_stopped_task_s_whatever_it_has_selected() {
    change_memory(&in_qemu(Serial::Tcp));
}

fn change_memory(machine: &Machine) {
    let mut lldb = attached(machine);
    stop_at(&mut lldb, "kernel::process::mailbox::send");
    let first = stopped_task(&mut lldb);
    // Where the program's function goes on that has made this system call.
    let calls = lldb.command("thread backtrace");
    let mut calls = calls.split(" 0x4").skip(2);
    let back = calls.next().expect("a caller in ring 3");
    let back = format!("0x4{}", &back[..7]);
    look_at_all(&mut lldb);
    // Far below the stacks' tops, where nothing is in use.
    lldb.command("memory write -s 4 0xfc000110 0x01010101");
    let breakpoint = lldb.command(&format!("breakpoint set -a {back}"));
    assert!(breakpoint.contains("Breakpoint 2"), "{breakpoint}");
    for _ in 0..3 {
        let stop = lldb.command("process continue");
        assert!(stop.contains("stop reason = breakpoint 2.1"), "{stop}");
        assert_eq!(stopped_task(&mut lldb), first, "nobody else's");
        look_at_all(&mut lldb);
    }
    lldb.command("breakpoint delete -f");
    let second = if first == 8 { 7 } else { 8 };
    show(&mut lldb, second);
    look_at_all(&mut lldb);
    lldb.command("memory write -s 4 0xfc000114 0x02020202");
    lldb.command("detach");
    goes_on_alone(machine, &[]);
    for task in 1..=artifacts::TASKS as u32 {
        let id = task.to_string();
        let read = ["read", "0xfc000110", "8", "--task", &id];
        let answer = host_cli::json(machine.endpoint(), &read);
        let has = |value| if value { "01010101" } else { "00000000" };
        let mut want = has(task == first).to_owned();
        want += &has(task == second).replace("01", "02");
        assert_eq!(answer.member("read")["data"], want, "task {id}");
    }
}

#[test]
fn all_of_it_is_the_same_in_bochs() {
    let machine = &mut boot(&Setup::demo().in_bochs());
    break_and_step(machine);
    read_and_write(machine);
    list_threads(machine);
    change_memory(machine);
    come_and_go(machine);
}
