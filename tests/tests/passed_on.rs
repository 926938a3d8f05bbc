//! A fault of the kernel that a debugger passes on comes back to the stub, and
//! so does every other end of the kernel: while there is a stub, nothing halts
//! the system for good.

use std::fs;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::lldb::Lldb;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;
use tests::scenes::{
    attached, by_host_cli, directory_in_record, goes_on, goes_on_alone,
    in_a_system_call,
};

const LIMIT: Duration = Duration::from_secs(60);

/// An address where nothing is mapped.
const NOWHERE: u32 = 0x7000_0000;

/// Says a command that resumes the system, and asserts that it stops again.
fn stops(gdb: &mut Gdb, command: &str, signal: &str) {
    let stop = gdb.try_command(command, LIMIT);
    let stop = stop.unwrap_or_else(|| panic!("{command}: it hangs"));
    assert!(stop.contains(signal), "{command}: {stop}");
}

/// Asserts what host-cli says of the stop.
fn assert_stopped_by(machine: &Machine, reason: &str) {
    let answer = host_cli::json(machine.endpoint(), &["info"]);
    let stop = answer.json["stop"].to_string();
    assert!(stop.contains(reason), "{}", answer.json);
}

#[test]
fn a_fault_that_is_passed_on_comes_back_in_qemu() {
    pass_on(&Setup::demo());
}

#[test]
fn a_fault_that_is_passed_on_comes_back_in_bochs() {
    pass_on(&Setup::demo().in_bochs());
}

fn pass_on(setup: &Setup) {
    let mut machine = setup.boot();
    let mut gdb = in_a_system_call(&machine);
    let back = gdb.number("(unsigned)$eip");
    let esp = gdb.number("(unsigned)$esp");
    gdb.command(&format!("set $eip = {NOWHERE:#x}"));
    let commands = ["continue", "stepi", "signal 0", "signal SIGSEGV", "nexti"];
    // The first finds the fault, and passes nothing on.
    for command in ["continue"].iter().chain(&commands).chain(&commands) {
        stops(&mut gdb, command, "SIGSEGV");
        assert_eq!(gdb.number("(unsigned)$eip"), NOWHERE, "{command}");
        assert_eq!(gdb.number("(unsigned)$cr2"), NOWHERE, "{command}");
        assert_eq!(gdb.number("(unsigned)$esp"), esp, "{command}");
    }
    // It is said whenever it was passed on; `signal 0` does not.
    let line = format!("panic: page fault in the kernel at {NOWHERE:#010x}");
    assert_eq!(machine.lines(&line).len(), 8, "{}", machine.console());
    // A debugger that leaves passes nothing on; the next one finds it.
    gdb.command("detach");
    wait_until("the next stop", LIMIT, || {
        !machine.lines("stopped: attach a debugger").is_empty()
    });
    assert_stopped_by(&machine, "page fault at 0x70000000");
    let gdb = attached(&machine);
    let mut gdb = by_host_cli(gdb, &machine);
    assert_eq!(gdb.number("(unsigned)$eip"), NOWHERE);
    // With the cause removed, `continue` does, although it passes a signal on.
    gdb.command(&format!("set $eip = {back:#x}"));
    gdb.send("continue");
    gdb.wait_until_continuing();
    ticks::wait_for(&mut machine, 11);
    gdb.interrupt();
    let stop = gdb.answer();
    assert!(stop.contains("SIGINT"), "{stop}");
    goes_on(gdb, &machine, &[]);
    assert!(machine.lines("killed: ").is_empty());
}

#[test]
fn lldb_steps_and_continues_at_a_fault_for_ever() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let back = gdb.number("(unsigned)$eip");
    gdb.command(&format!("set $eip = {NOWHERE:#x}"));
    stops(&mut gdb, "continue", "SIGSEGV");
    gdb.crash();
    let mut lldb = Lldb::start(&artifacts::kernel());
    let line = machine.endpoint().for_lldb();
    lldb.command(&format!("process connect --plugin gdb-remote {line}"));
    for command in
        ["thread step-inst", "process continue", "thread step-inst", "continue"]
    {
        let stop = lldb.command(command);
        assert!(stop.contains("SIGSEGV"), "{command}: {stop}");
    }
    lldb.command(&format!("register write eip {back:#x}"));
    lldb.command("process detach");
    goes_on_alone(&machine, &[]);
}

/// `ud2`
const UD2: [u8; 2] = [0x0F, 0x0B];

#[test]
fn a_kernel_whose_own_handler_faults_stops_for_good_and_still_answers() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    gdb.command("monitor write-protect off");
    let kernel = Image::open(&artifacts::kernel());
    // On the way to the stub, and where a fault is passed on.
    let way = kernel.address("<kernel::fault::cause::Exception>::needs_stack");
    let handler = kernel.address("kernel::fault::report::unhandled");
    for at in [way, handler] {
        gdb.write(at, &UD2);
    }
    gdb.command("set $eip = 0");
    stops(&mut gdb, "continue", "SIGSEGV");
    for command in ["continue", "stepi", "continue", "signal 0"] {
        stops(&mut gdb, command, "SIGABRT");
        assert_eq!(gdb.number("(unsigned)$eip"), 0, "{command}");
    }
    let line = "panic: invalid opcode in an exception task";
    assert_eq!(machine.lines(line).len(), 1, "{}", machine.console());
    // For the next clients too, and after a fault of the stub itself.
    gdb.command("detach");
    machine.wait_for_line("stopped: attach a debugger", LIMIT);
    let mut gdb = by_host_cli(attached(&machine), &machine);
    for command in ["continue", "stepi"] {
        stops(&mut gdb, command, "SIGABRT");
    }
}

/// Where the saved CR3 is, in the kernel's TSS.
const CR3: u32 = 0xA000 + 28;

#[test]
fn without_a_directory_to_return_to_the_system_stops_until_there_is_one() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let cr3 = gdb.number("(unsigned)$cr3");
    let place = directory_in_record(&mut gdb, cr3);
    gdb.command(&format!("set *(unsigned *){place} = 0xdeadb000"));
    gdb.command(&format!("set *(unsigned *){CR3:#x} = 0xdeadc000"));
    for command in ["continue", "stepi", "signal 0", "continue"] {
        stops(&mut gdb, command, "SIGABRT");
    }
    let line = "panic: the saved CR3 is invalid: 0xdeadc000";
    assert_eq!(machine.lines(line).len(), 4, "{}", machine.console());
    gdb.crash();
    assert_stopped_by(&machine, "panic");
    let mut gdb = attached(&machine);
    // Task 8 has no memory now; in another's directory, the kernel's is there.
    gdb.command("thread 3");
    for place in [&format!("{CR3:#x}"), &place] {
        let said = gdb.command(&format!("set *(unsigned *){place} = {cr3:#x}"));
        assert_eq!(said, "", "{place}");
    }
    goes_on(gdb, &machine, &[]);
}

/// What the kernel says when it runs out of memory after the stub has started.
const TOO_LITTLE: [&str; 2] = [
    "panic: too little memory for the first task",
    "panic: too little memory for the kernel's ports",
];

/// Starts a machine whose memory is so full of a module that the kernel cannot
/// create its first task.
fn without_memory_for_a_task() -> Machine {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let path = scratch.path().join("ballast");
    let mut kib = 0..=4096;
    loop {
        let half = (kib.start() + kib.end()) / 2;
        assert!(half > *kib.start(), "it starts, or there is no stub");
        fs::write(&path, vec![0; half << 10]).expect("it can be written");
        let setup = Setup::demo().modules(&[]).memory_mib(4);
        let machine = setup.module_file(&path, "").start();
        wait_until("the end of the boot", LIMIT, || {
            ["ready:", "panic: "].iter().any(|it| !machine.lines(it).is_empty())
        });
        if TOO_LITTLE.iter().any(|it| !machine.lines(it).is_empty()) {
            return machine;
        }
        let starts = !machine.lines("ready:").is_empty();
        kib = if starts { half..=*kib.end() } else { *kib.start()..=half };
    }
}

#[test]
fn a_kernel_that_cannot_start_stops_for_a_debugger() {
    let machine = without_memory_for_a_task();
    machine.wait_for_line("stopped: attach a debugger", LIMIT);
    assert_stopped_by(&machine, "panic");
    let mut gdb = attached(&machine);
    for command in ["continue", "signal 0", "signal SIGABRT"] {
        stops(&mut gdb, command, "SIGABRT");
        let calls = gdb.command("backtrace");
        assert!(calls.contains("start::main"), "{command}: {calls}");
    }
}
