//! The processor's own tables are corrupted, and the debugger shows where
//! the system was when that first mattered.
//!
//! No x86 survives the loss of slot 0 of the loaded directory, or of the
//! double-fault task's descriptor: it cannot even find its IDT.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::machine::Setup;
use tests::scenes::outside::Outside;
use tests::scenes::ticks;
use tests::scenes::{
    self, attached, by_host_cli, goes_on, in_a_program, in_a_system_call,
};

const LIMIT: Duration = Duration::from_secs(60);

/// For what a busy host may have to try many times.
const LONG_LIMIT: Duration = Duration::from_secs(600);

/// Where the tables are, in every address space.
const GDT: u32 = 0xB000;
const IDT: u32 = 0xB800;
const KERNEL_TSS: u32 = 0xA000;

/// Makes a descriptor one that the processor refuses.
fn ruin(gdb: &mut Gdb, table: u32, index: u32) {
    let place = table + 8 * index;
    gdb.command(&format!("set *(unsigned long long *){place:#x} = 0"));
    let now = gdb.number(&format!("*(unsigned *){place:#x}"));
    assert_eq!(now, 0, "it is ruined");
}

#[test]
fn a_ruined_gate_shows_what_it_hurts_and_is_mended() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_program(&machine);
    let program = gdb.number("$eip");
    // The timer's, which interrupts any task.
    ruin(&mut gdb, IDT, 0x20);
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    let line = machine.wait_for_line("warning: IDT entry 32 ", LIMIT);
    assert!(line.contains("is corrupt"), "{line}");
    // That of system calls, which an innocent program needs.
    gdb.command(&format!("tbreak *{program}"));
    gdb.command("continue");
    ruin(&mut gdb, IDT, 0x80);
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert_eq!(gdb.number("$cs"), 0x1B, "it is still in its program");
    let code = gdb.command("x/i $eip");
    assert!(code.contains("int    $0x80"), "{code}");
    machine.wait_for_line("warning: IDT entry 128 ", LIMIT);
    // That of #DE: its delivery faults in turn, which is a double fault.
    gdb.command("thread 8");
    gdb.command(&format!("tbreak *{program}"));
    gdb.command("continue");
    ruin(&mut gdb, IDT, 0);
    divide_by_zero(&mut gdb);
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGABRT"), "a double fault: {stop}");
    assert_eq!(gdb.number("*(unsigned short *)$eip"), 0xF1F7, "at the `div`");
    let mut gdb = by_host_cli(gdb, &machine);
    // It is repaired, and the division by zero kills only the program.
    let stop = gdb.command("signal 0");
    assert!(stop.contains("SIGFPE"), "{stop}");
    gdb.send("continue");
    let line = machine.wait_for_line("killed: process ", LIMIT);
    assert!(line.contains("(sleeper), task 8: divide error"), "{line}");
    gdb.interrupt();
    gdb.answer();
    goes_on(gdb, &machine, &["sleeper"]);
}

/// Lets the program divide by zero next, by code on its stack.
fn divide_by_zero(gdb: &mut Gdb) {
    gdb.command("set $code = ((unsigned)$esp - 64) & ~15");
    // xor ecx, ecx; div ecx
    gdb.command("set *(unsigned *)$code = 0xf1f7c931");
    gdb.command("set $eip = $code");
}

#[test]
fn without_a_debugger_a_ruined_gate_kills_nobody() {
    // The interrupt that finds no gate hits a program, or the kernel while
    // it idles with interrupts on.
    let sleeping = Setup::without_stub().modules(&["sleeper 60000"]);
    for setup in [Setup::without_stub(), sleeping] {
        let mut machine = setup.boot();
        machine.wait_for_line("ready:", LIMIT);
        let outside = Outside::of(&mut machine);
        outside
            .change(|stopped| stopped.write_physical(IDT + 8 * 0x20, &[0; 8]));
        machine.wait_for_line("warning: IDT entry 32 is corrupt", LIMIT);
        let mended = "warning: the processor's tables have been restored";
        machine.wait_for_line(mended, LIMIT);
        ticks::wait_for(&mut machine, 11);
        assert!(machine.lines("killed: ").is_empty());
        assert!(machine.lines("panic: ").is_empty());
    }
}

#[test]
fn a_ruined_gate_is_told_even_amid_a_line_of_the_console() {
    // It prints all the time.
    let setup = Setup::without_stub().modules(&["chorus 1 1"]);
    let mut machine = setup.boot();
    machine.wait_for_line("chorus: verse 1:", LIMIT);
    let outside = Outside::of(&mut machine);
    let kernel = Image::open(&artifacts::kernel());
    let function = "kernel::devices::preemption::allow_interrupts";
    let here = kernel.address(function);
    outside.change(|stopped| {
        stopped.0.order(&format!("Z1,{here:x},1"));
        // Where a line lets an interrupt in, and the timer's is due.
        wait_until("a tick within a line", LONG_LIMIT, || {
            // QEMU's stub does not step over a breakpoint by itself.
            for resume in ["s", "c"] {
                let stop = stopped.0.ask(resume);
                assert!(stop.starts_with("T05"), "{stop}");
            }
            let controllers = machine.monitor.command("info pic");
            let master = controllers.lines().find(|it| it.starts_with("pic0:"));
            let (_, requested) = master
                .and_then(|line| line.split_once("irr="))
                .unwrap_or_else(|| panic!("no pic0 in {controllers}"));
            let requested = u8::from_str_radix(&requested[..2], 16);
            requested.expect("two digits") & 1 != 0
                && !machine.console().ends_with('\n')
        });
        stopped.write_physical(IDT + 8 * 0x20, &[0; 8]);
        stopped.0.order(&format!("z1,{here:x},1"));
    });
    machine.wait_for_line("warning: IDT entry 32 is corrupt", LIMIT);
    let mended = "warning: the processor's tables have been restored";
    machine.wait_for_line(mended, LIMIT);
    ticks::wait_for(&mut machine, 11);
}

#[test]
fn a_ruined_segment_shows_who_runs_into_it() {
    const KERNEL_CODE: u32 = 1;
    const KERNEL_DATA: u32 = 2;
    const USER_CODE: u32 = 3;
    const KERNEL_TASK: u32 = 5;
    let machine = Setup::demo().boot();
    for index in [KERNEL_CODE, KERNEL_DATA] {
        let mut gdb = in_a_program(&machine);
        ruin(&mut gdb, GDT, index);
        let stop = gdb.command("continue");
        assert!(stop.contains("SIG"), "{stop}");
        let line = format!("warning: GDT entry {index} is corrupt");
        machine.wait_for_line(&line, LIMIT);
        goes_on(by_host_cli(gdb, &machine), &machine, &[]);
    }

    let mut gdb = in_a_system_call(&machine);
    ruin(&mut gdb, GDT, USER_CODE);
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    let code = gdb.command("x/i $eip");
    assert!(code.contains("iret"), "on the way to ring 3: {code}");
    machine.wait_for_line("warning: GDT entry 3 is corrupt", LIMIT);
    goes_on(gdb, &machine, &[]);

    // The descriptor of the task that everything returns to.
    let mut gdb = attached(&machine);
    ruin(&mut gdb, GDT, KERNEL_TASK);
    gdb.command("detach");
    machine.wait_for_line("warning: the kernel task's descriptor", LIMIT);
    scenes::goes_on_alone(&machine, &[]);
}

#[test]
fn a_ruined_tss_shows_who_runs_into_it() {
    const ESP0: u32 = KERNEL_TSS + 4;
    let machine = Setup::demo().boot();
    let mut gdb = in_a_program(&machine);
    gdb.command(&format!("set *(unsigned *){ESP0:#x} = 0x12345678"));
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert_eq!(gdb.number("$cs"), 0x1B, "it is in a program");
    machine.wait_for_line("warning: the kernel TSS is corrupt", LIMIT);
    let gdb = by_host_cli(gdb, &machine);
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_wild_saved_cr3_stops_the_system_before_it_is_loaded() {
    const CR3: u32 = KERNEL_TSS + 28;
    let machine = Setup::demo().boot();
    for wild in [0xDEAD_B000_u32, 0, 0x0010_0000, 0xFFFF_FFFF] {
        let mut gdb = in_a_system_call(&machine);
        let calls = gdb.command("backtrace 2");
        gdb.command(&format!("set *(unsigned *){CR3:#x} = {wild:#x}"));
        let stop = gdb.command("continue");
        assert!(stop.contains("SIGABRT"), "{stop}");
        let line = format!("panic: the saved CR3 is invalid: {wild:#010x}");
        machine.wait_for_line(&line, LIMIT);
        assert_eq!(gdb.number("$cr3"), wild);
        assert_eq!(gdb.command("backtrace 2"), calls, "the same context");
        let gdb = by_host_cli(gdb, &machine);
        goes_on(gdb, &machine, &[]);
    }
}

/// Where the loaded directory maps itself.
const DIRECTORY: u32 = 0x1000;

/// Clears `slot` in the directory of the task that gdb shows, and lets it
/// run into the gap. Returns what was in the slot.
fn lose(gdb: &mut Gdb, slot: u32) -> u32 {
    let entry = format!("*(unsigned *){:#x}", DIRECTORY + 4 * slot);
    let lost = gdb.number(&entry);
    assert!(lost & 1 != 0, "slot {slot} is in use");
    gdb.command(&format!("set {entry} = 0"));
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "slot {slot}: {stop}");
    assert_eq!(gdb.number("(unsigned)$cr2") >> 22, slot, "it is missed");
    lost
}

#[test]
fn a_directory_that_lost_a_slot_of_the_kernel_shows_who_misses_it() {
    // The page-table window, which the kernel needs to switch tasks; the
    // records, in global memory; the frames' tree; and the kernel's stack.
    for (slot, who, calls) in [
        (8, "write_entry", "round_robin::next_to_run"),
        (21, "records", "system_call::dispatch"),
        (1008, "", ""),
    ] {
        let machine = Setup::demo().boot();
        let mut gdb = in_a_system_call(&machine);
        let directory = gdb.number("$cr3");
        let lost = lose(&mut gdb, slot);
        let context = gdb.command("backtrace");
        let inner = context.lines().next().unwrap_or_default();
        assert!(inner.contains(who), "slot {slot}: {context}");
        assert!(context.contains(calls), "slot {slot}: {context}");
        assert_eq!(gdb.number("$cr3"), directory);
        let mut gdb = by_host_cli(gdb, &machine);
        // It can be repaired by putting the entry back.
        let entry = DIRECTORY + 4 * slot;
        gdb.command(&format!("set *(unsigned *){entry:#x} = {lost:#x}"));
        goes_on(gdb, &machine, &[]);
    }
}

/// Returns the slots that are in use in the directory of the task that gdb
/// shows, but for slot 0.
fn slots(gdb: &mut Gdb) -> Vec<u32> {
    let text = gdb.command(&format!("x/1024xw {DIRECTORY:#x}"));
    let words = text.lines().flat_map(|line| {
        line.split_whitespace().filter_map(|word| word.strip_prefix("0x"))
    });
    // An address precedes the colon.
    let words = words.filter(|word| !word.ends_with(':'));
    let entries = words.map(|word| u32::from_str_radix(word, 16));
    let present = entries
        .enumerate()
        .filter(|(_, entry)| entry.as_ref().expect("it is a number") & 1 != 0);
    let slots = present.map(|(slot, _)| slot as u32);
    slots.filter(|slot| *slot != 0).collect()
}

#[test]
fn a_directory_that_lost_any_slot_shows_who_misses_it_or_nobody_does() {
    const WORKER: u32 = 11;
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = attached(&machine);
    let function = "kernel::system_call::dispatch";
    gdb.command(&format!("break {function} thread {WORKER}"));
    let stop = gdb.command("continue");
    assert!(stop.contains("Thread 11 hit Breakpoint"), "{stop}");
    let descriptors = gdb.command("x/4xw 0xb008");
    let code = gdb.command("x/4xw 0x100000");
    let directory = gdb.number("(unsigned)$cr3");
    let slots = slots(&mut gdb);
    let mut missed = Vec::new();
    for slot in &slots {
        let entry = format!("*(unsigned *){:#x}", DIRECTORY + 4 * slot);
        let lost = gdb.number(&entry);
        gdb.command(&format!("set {entry} = 0"));
        // It comes round to its next call, or misses what is gone.
        let stop = gdb.command("continue");
        if stop.contains("SIGSEGV") {
            let at = gdb.number("(unsigned)$cr2");
            assert_eq!(at >> 22, *slot, "{stop}");
            missed.push(*slot);
        } else {
            assert!(stop.contains("Breakpoint 1, kernel::"), "{slot}: {stop}");
        }
        // It may have been about to let another one run.
        let shown = gdb.number("(unsigned)$cr3");
        assert_eq!(shown, directory, "{slot}: {stop}");
        assert_eq!(gdb.command("x/4xw 0xb008"), descriptors, "{slot}");
        assert_eq!(gdb.command("x/4xw 0x100000"), code, "{slot}");
        let threads = gdb.command("info threads");
        assert!(threads.contains("sleeper/sleeper"), "{slot}: {threads}");
        gdb.command(&format!("set {entry} = {lost:#x}"));
        let stop = gdb.command("signal 0");
        assert!(stop.contains("Breakpoint 1, kernel::"), "{slot}: {stop}");
    }
    println!("in use: {slots:?}, missed: {missed:?}");
    // The page-table window, records, its program and its kernel stack.
    let program = Image::open(&artifacts::program("workers"));
    let program = program.address("workers::main") >> 22;
    for slot in [8, 21, program, 1008] {
        assert!(missed.contains(&slot), "{slot} is not in {missed:?}");
    }
    goes_on(gdb, &machine, &[]);
}

#[test]
fn the_kernels_own_directory_is_mended_when_it_is_used() {
    let mut machine = Setup::demo().boot();
    let symbol = "kernel::memory::bootstrap::KERNEL_DIRECTORY";
    let place = Image::open(&artifacts::kernel()).address(symbol);
    let outside = Outside::of(&mut machine);
    outside.change(|stopped| {
        let words = [0, 4].map(|at| stopped.physical_word(place + at));
        let directory = words.into_iter().find(|word| *word > 0x1000);
        let directory = directory.expect("it has one");
        for slot in [8, 10, 20, 51] {
            stopped.write_physical(directory + 4 * slot, &[0; 4]);
        }
    });
    let answer = host_cli::json(machine.endpoint(), &["info"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    machine.wait_for_line(
        "warning: the kernel's directory has been restored",
        LIMIT,
    );
    scenes::goes_on_alone(&machine, &[]);
}
