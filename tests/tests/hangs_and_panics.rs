//! A kernel that hangs, or has found itself broken: NMIs break in, a panic
//! waits for a debugger, and no lock or corrupt record keeps a debugger
//! out.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::rsp::EIP;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::outside::{Outside, Stopped};
use tests::scenes::ticks;
use tests::scenes::{
    attached, by_host_cli, directory_in_record, goes_on, in_a_program,
    in_a_system_call,
};

const LIMIT: Duration = Duration::from_secs(60);

fn address(symbol: &str) -> u32 {
    Image::open(&artifacts::kernel()).address(symbol)
}

/// Makes the context that gdb shows loop in one place; returns where.
fn hang(gdb: &mut Gdb) -> u32 {
    gdb.command("set $round = ((unsigned)$esp - 64) & ~15");
    gdb.command("set *(unsigned short *)$round = 0xfeeb");
    gdb.command("set $eip = $round");
    gdb.number("$round")
}

/// Presses the button for non-maskable interrupts.
fn press_nmi(machine: &mut Machine) {
    assert_eq!(machine.monitor.command("nmi"), "");
}

#[test]
fn an_nmi_breaks_into_a_kernel_that_hangs_with_interrupts_off() {
    let mut machine = Setup::demo().boot();
    let ticks = ticks::address();
    let mut gdb = in_a_system_call(&machine);
    let back = gdb.number("(unsigned)$eip");
    let round = hang(&mut gdb);
    gdb.send("continue");
    gdb.wait_until_continuing();
    let there = format!("EIP={round:08x}");
    wait_until("the hang", LIMIT, || {
        machine.monitor.command("info registers").contains(&there)
    });
    // It loops: no timer interrupt comes, and Ctrl-C has no effect.
    let first = machine.monitor.word(ticks);
    gdb.interrupt();
    assert_eq!(machine.monitor.word(ticks), first, "it hangs");
    press_nmi(&mut machine);
    let stop = gdb.answer();
    assert!(stop.contains("SIGINT"), "{stop}");
    assert_eq!(gdb.number("(unsigned)$eip"), round, "where it hangs");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("interrupt_entered"), "{calls}");
    gdb.command(&format!("set $eip = {back:#x}"));
    goes_on(gdb, &machine, &[]);
}

#[test]
fn an_nmi_stops_the_system_for_a_debugger_that_comes_later() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let ticks = ticks::address();
    press_nmi(&mut machine);
    machine.wait_for_line("an NMI stops the system", LIMIT);
    machine.wait_for_line("stopped: attach a debugger", LIMIT);
    let first = machine.monitor.word(ticks);
    let answer = host_cli::json(machine.endpoint(), &["info"]);
    let stop = answer.json["stop"].to_string();
    assert!(stop.contains("non-maskable interrupt"), "{}", answer.json);
    assert_eq!(machine.monitor.word(ticks), first, "it stands");
    let mut gdb = attached(&machine);
    let stop = gdb.command("info program");
    assert!(stop.contains("SIGINT"), "{stop}");
    gdb.send("continue");
    gdb.wait_until_continuing();
    wait_until("the system to run", LIMIT, || {
        machine.monitor.word(ticks) != first
    });
    gdb.interrupt();
    gdb.answer();
    // While the system is stopped, an NMI is ignored.
    let before = gdb.command("info registers");
    press_nmi(&mut machine);
    assert_eq!(gdb.command("info registers"), before);
    goes_on(gdb, &machine, &[]);
    assert!(machine.lines("killed: ").is_empty());
    assert_eq!(machine.lines("an NMI stops the system").len(), 1);
}

#[test]
fn without_a_stub_an_nmi_is_told_and_harms_nobody() {
    let mut machine = Setup::without_stub().boot();
    press_nmi(&mut machine);
    machine.wait_for_line("warning: an NMI came", LIMIT);
    ticks::wait_for(&mut machine, 11);
    assert!(machine.lines("killed: ").is_empty());
}

/// The kernel's record of which task runs. Without it, the kernel panics when
/// it next switches tasks.
const CURRENT: &str = "kernel::schedule::round_robin::CURRENT";

/// Corrupts it repeatedly until that takes effect: a switch in progress
/// overwrites it.
fn make_it_panic(machine: &mut Machine, ruin: impl Fn(&mut Machine, u32)) {
    let current = address(CURRENT);
    wait_until("the panic", LIMIT, || {
        ruin(machine, current);
        !machine.lines("panic: ").is_empty()
    });
}

#[test]
fn a_panic_waits_for_a_debugger_that_comes_later() {
    let mut machine = Setup::demo().boot();
    let outside = Outside::of(&mut machine);
    make_it_panic(&mut machine, |_, at| {
        outside.change(|stopped| stopped.write_physical(at, &[0xEE; 4]));
    });
    assert_panic_waits(&machine);
}

#[test]
fn a_panic_in_bochs_waits_for_a_debugger_too() {
    let mut machine = Setup::demo().in_bochs().boot();
    make_it_panic(&mut machine, |machine, at| {
        machine.monitor.command(&format!("setpmem {at:#x} 4 0xeeeeeeee"));
    });
    assert_panic_waits(&machine);
}

fn assert_panic_waits(machine: &Machine) {
    let line = machine.wait_for_line("panic: ", LIMIT);
    assert!(line.contains(" at kernel/src/schedule/round_robin.rs:"), "{line}");
    let line = machine.wait_for_line("stopped: ", LIMIT);
    assert!(line.contains("attach a debugger to the debug line"), "{line}");
    let answer = host_cli::json(machine.endpoint(), &["log"]);
    let log = answer.rows("log").last().expect("it has lines").to_string();
    assert!(log.contains("stopped: "), "{log}");
    let mut gdb = attached(machine);
    let stop = gdb.command("info program");
    assert!(stop.contains("SIGABRT"), "{stop}");
    let calls = gdb.command("backtrace");
    for call in ["panic::panic", "round_robin::current", "interrupt_entered"] {
        assert!(calls.contains(call), "{call} is not in {calls}");
    }
    let gdb = by_host_cli(gdb, machine);
    drop(gdb);
}

#[test]
fn a_fault_while_the_console_is_locked_is_told_and_shown() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    // The stub itself prints, so it takes no breakpoint there. QEMU does.
    let put = address("kernel::devices::console::put");
    let outside = Outside::of(&mut machine);
    outside.change(|Stopped(stub)| {
        assert_eq!(stub.ask(&format!("Z1,{put:x},1")), "OK");
        stub.say("c");
        assert!(stub.hear().starts_with("T05"), "{stub:?}");
        assert_eq!(stub.registers()[EIP], put);
        assert_eq!(stub.ask(&format!("z1,{put:x},1")), "OK");
        stub.set_register(EIP, 0);
    });
    // No debugger is there when it faults; the console says how to attach.
    machine.wait_for_line("stopped: attach a debugger", LIMIT);
    let mut gdb = attached(&machine);
    let stop = gdb.command("info program");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert_eq!(gdb.number("(unsigned)$eip"), 0);
    let lock = "*(unsigned char *)&'kernel::devices::console::DEVICE'";
    assert_eq!(gdb.number(lock), 1, "the line still has it");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("console::"), "{calls}");
    gdb.command(&format!("set $eip = {put:#x}"));
    // The line continues where it was interrupted.
    goes_on(gdb, &machine, &[]);
}

#[test]
fn no_lock_that_the_interrupted_code_holds_keeps_an_answer_back() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    for lock in [
        "kernel::devices::console::DEVICE",
        "kernel::devices::log::EARLY",
        "kernel::process::port::UNCLAIMED",
        "kernel::process::service::SERVICES",
    ] {
        let lock = format!("*(unsigned char *)&'{lock}'");
        assert_eq!(gdb.number(&lock), 0, "{lock} is free");
        gdb.command(&format!("set var {lock} = 1"));
        for table in [
            "processes",
            "threads",
            "regions",
            "mailboxes",
            "windows",
            "frames",
            "descriptors",
            "ports",
            "log",
            "translate 0xb000",
        ] {
            let said = gdb.command(&format!("monitor {table}"));
            assert!(said.lines().count() > 1, "{lock}, {table}: {said}");
        }
        assert_eq!(gdb.number(&lock), 1, "nobody has taken {lock}");
        gdb.command(&format!("set var {lock} = 0"));
    }
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_jump_to_0_shows_who_has_jumped() {
    let machine = Setup::demo().boot();
    // In ring 3 only its own process dies of it.
    let mut gdb = in_a_program(&machine);
    gdb.command("set $from = $eip");
    jump_to_0(&mut gdb);
    assert_eq!(gdb.number("$cs"), 0x1B);
    gdb.send("continue");
    let line = machine.wait_for_line("killed: process ", LIMIT);
    assert!(line.contains("page fault at 0x00000000"), "{line}");
    gdb.interrupt();
    gdb.answer();
    goes_on(gdb, &machine, &["sleeper"]);
    // In ring 0 it stops the system, until a debugger says where to resume.
    let mut gdb = attached(&machine);
    // At its very first instruction, where ESP is at the return address.
    let line = gdb.command("info line kernel::system_call::dispatch");
    let entry = line.split("starts at address ").nth(1);
    let entry = entry.and_then(|rest| rest.split(' ').next());
    let entry = entry.unwrap_or_else(|| panic!("{line}"));
    gdb.command(&format!("break *{entry} thread 3"));
    gdb.command("continue");
    gdb.command("delete");
    let back = gdb.number("(unsigned)$eip");
    jump_to_0(&mut gdb);
    assert_eq!(gdb.number("$cs"), 8);
    let calls = gdb.command("backtrace");
    assert!(calls.contains("#0  0x00000000 in ?? ()"), "{calls}");
    assert!(calls.contains("interrupt_entered"), "{calls}");
    let mut gdb = by_host_cli(gdb, &machine);
    gdb.command(&format!("set $eip = {back:#x}"));
    goes_on(gdb, &machine, &["sleeper"]);
}

fn jump_to_0(gdb: &mut Gdb) {
    gdb.command("set $eip = 0");
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert_eq!(gdb.number("(unsigned)$eip"), 0);
    assert_eq!(gdb.number("(unsigned)$cr2"), 0);
}

#[test]
fn a_double_fault_with_esp_0_shows_the_instruction() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let esp = gdb.number("(unsigned)$esp");
    let back = gdb.number("(unsigned)$eip");
    let round = hang(&mut gdb);
    // pop eax; and the gate of #PF is gone.
    gdb.command("set *(unsigned char *)$eip = 0x58");
    gdb.command("set $esp = 0");
    gdb.command("set *(unsigned long long *)0xb870 = 0");
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGABRT"), "{stop}");
    assert_eq!(gdb.number("(unsigned)$esp"), 0);
    assert_eq!(gdb.number("(unsigned)$eip"), round);
    assert_eq!(gdb.number("(unsigned)$cr2"), 0);
    machine.wait_for_line("warning: IDT entry 14 is corrupt", LIMIT);
    let mut gdb = by_host_cli(gdb, &machine);
    gdb.command(&format!("set $esp = {esp:#x}"));
    gdb.command(&format!("set $eip = {back:#x}"));
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_record_with_a_wild_directory_is_found_before_it_is_loaded() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let answer = host_cli::json(machine.endpoint(), &["threads"]);
    let sleeper = answer.rows("threads").iter().find(|t| t["id"] == 8);
    let cr3 = host_cli::address(&sleeper.expect("it is there")["cr3"]);
    let mut gdb = attached(&machine);
    let place = directory_in_record(&mut gdb, cr3);
    gdb.command(&format!("set *(unsigned *){place} = 0xdeadb000"));
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGABRT"), "{stop}");
    let line = machine.wait_for_line("panic: task 8 has a corrupt", LIMIT);
    assert!(line.ends_with("directory"), "{line}");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("round_robin::next_to_run"), "{calls}");
    let gdb = by_host_cli(gdb, &machine);
    // The others continue without it.
    goes_on(gdb, &machine, &[]);
    let answer = host_cli::json(machine.endpoint(), &["threads"]);
    let sleeper = answer.rows("threads").iter().find(|t| t["id"] == 8);
    assert_eq!(sleeper.expect("it is there")["state"], "stopped");
}

#[test]
fn the_running_task_is_shown_even_without_its_record() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let cr3 = gdb.number("(unsigned)$cr3");
    let calls = gdb.command("backtrace");
    let place = directory_in_record(&mut gdb, cr3);
    // All of it, and what is around it.
    gdb.command(&format!("set $record = {place} - 128"));
    for word in 0..64 {
        let at = format!("*((unsigned *)$record + {word})");
        gdb.command(&format!("set {at} = 0xeeeeeeee"));
    }
    let mut gdb = by_host_cli(gdb, &machine);
    assert_eq!(gdb.command("backtrace"), calls);
    let threads = gdb.command("info threads");
    let current = threads.lines().find(|line| line.starts_with('*'));
    assert!(
        current.is_some_and(|line| line.contains("Thread 8 ")),
        "{threads}"
    );
    // The kernel notices, and says so.
    let stop = gdb.command("continue");
    assert!(stop.contains("SIG"), "{stop}");
    let gdb = by_host_cli(gdb, &machine);
    drop(gdb);
}
