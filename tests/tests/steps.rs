//! Steps that are hard to make, and tasks that run alone, as gdb asks for
//! them.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// The machine's programs, and their first tasks in the order in which they
/// start.
const PROGRAMS: [&str; 4] = ["stepped", "stepped", "workers", "sleeper 100"];
const STEPPED: u32 = 3;
const SIBLING: u32 = 4;
const WORKERS: u32 = 5;
const SLEEPER: u32 = 6;
/// The threads of `workers` that work, and the one that spins.
const WORKER: u32 = 7;
const SPINNER: u32 = 10;

/// The idle task, and the kernel's record of which task runs.
const IDLE: u32 = 1;
const CURRENT: &str = "kernel::schedule::round_robin::CURRENT";

fn boot() -> Machine {
    let machine = Setup::demo().modules(&PROGRAMS).boot();
    assert_eq!(machine.lines("killed:"), [""; 0]);
    wait_until("all threads", LIMIT, || {
        let threads = host_cli::json(machine.endpoint(), &["threads"]);
        let rows = threads.rows("threads");
        let name = |task: u32| rows[task as usize - 1]["name"].as_str();
        rows.len() == SPINNER as usize && name(SPINNER) == Some("spinner")
    });
    machine
}

fn gdb(machine: &Machine) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    gdb
}

fn address(symbol: &str) -> u32 {
    Image::open(&artifacts::program("stepped")).address(symbol)
}

/// Detaches gdb, and asserts that the system continues.
fn let_go(machine: &mut Machine, mut gdb: Gdb) {
    gdb.command("delete");
    gdb.command("detach");
    ticks::wait_for(machine, 1);
}

/// Returns the number that gdb prints for an expression.
fn value_of(gdb: &mut Gdb, expression: &str) -> u32 {
    let answer = gdb.command(&format!("printf \"%u\\n\", {expression}"));
    answer.trim().parse().expect(&answer)
}

/// Sets a breakpoint for `STEPPED` alone: its sibling is of the same program.
fn break_at(gdb: &mut Gdb, symbol: &str) {
    let at = address(symbol);
    gdb.command(&format!("tbreak *{at:#x} if $tid == {STEPPED}"));
}

/// Runs `STEPPED` up to its first hard instruction.
fn run_to_round(gdb: &mut Gdb) {
    gdb.command(&format!("thread {STEPPED}"));
    break_at(gdb, "step_0");
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Temporary breakpoint"), "{stop}");
    assert_eq!(value_of(gdb, "$_thread"), STEPPED);
}

/// Makes a step and asserts where it ends. Since QEMU 10, a string
/// instruction that has done its last round is left by a step of its own, and
/// QEMU 8 ends a step over `mov ss` before the instruction in its shadow.
fn step_to(gdb: &mut Gdb, symbol: &str) {
    let mut said = gdb.command("stepi");
    let mut at = value_of(gdb, "(unsigned) $eip");
    if symbol == "step_17" && at == address("step_16") {
        assert_eq!(value_of(gdb, "$ecx"), 0, "another round: {said}");
        said = gdb.command("stepi");
        at = value_of(gdb, "(unsigned) $eip");
    }
    if symbol == "step_13" && at == address("step_13") - 1 {
        said = gdb.command("stepi");
        at = value_of(gdb, "(unsigned) $eip");
    }
    assert_eq!(at, address(symbol), "{symbol}, not {at:#x}: {said}");
    assert_eq!(value_of(gdb, "$_thread"), STEPPED);
}

#[test]
fn each_step_ends_at_the_next_instruction() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    for locked in ["off", "on", "step"] {
        gdb.command("set scheduler-locking off");
        run_to_round(&mut gdb);
        gdb.command(&format!("set scheduler-locking {locked}"));
        for (next, times) in [
            ("step_1", 1), // pushf
            ("step_2", 1), // its flags have been taken
            ("step_3", 1), // pushf, 16 bits
            ("step_4", 1),
            ("step_5", 1),
            ("step_6", 1), // popf
            ("step_7", 1),
            ("step_8", 1), // a system call
            ("step_9", 1),
            ("step_10", 1),
            ("step_11", 1), // a system call that blocks
            ("step_12", 1),
            ("step_13", 1), // mov ss, and what it shadows
            ("step_14", 1),
            ("step_15", 1),
            ("step_16", 3), // and two rounds of rep movsb
            ("step_17", 1), // the third
            ("step_18", 1),
            ("step_19", 1), // pause
            ("step_20", 1), // with another prefix
        ] {
            for _ in 0..times {
                step_to(&mut gdb, next);
            }
            if ["step_2", "step_4"].contains(&next) {
                let flags = value_of(&mut gdb, "$edx & 0x100");
                assert_eq!(flags, 0, "{next}: the program sees TF");
            }
        }
    }
    gdb.command("set scheduler-locking off");
    let_go(&mut machine, gdb);
}

#[test]
fn a_step_of_a_task_that_is_ready_steps_just_that() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    let workers = artifacts::program("workers");
    gdb.command(&format!("add-symbol-file {}", workers.display()));
    // A task other than the running one.
    gdb.command(&format!("thread {WORKERS}"));
    gdb.command("tbreak workers::add_one");
    gdb.command("continue");
    let worker = value_of(&mut gdb, "$_thread");
    assert!((WORKER..SPINNER).contains(&worker), "{worker}");
    for locked in ["off", "on"] {
        gdb.command(&format!("set scheduler-locking {locked}"));
        gdb.command(&format!("thread {SPINNER}"));
        for _ in 0..8 {
            let spins = value_of(&mut gdb, "*(unsigned *) &workers::SPINS");
            let before = value_of(&mut gdb, "(unsigned) $eip");
            let said = gdb.command("stepi");
            assert_eq!(value_of(&mut gdb, "$_thread"), SPINNER, "{said}");
            let after = value_of(&mut gdb, "(unsigned) $eip");
            assert_ne!(before, after, "{said}");
            let more = value_of(&mut gdb, "*(unsigned *) &workers::SPINS");
            assert!(more - spins <= 1, "{spins} to {more} in one step");
        }
    }
    gdb.command("set scheduler-locking off");
    let_go(&mut machine, gdb);
}

#[test]
fn a_step_over_an_instruction_that_sleeps_ends() {
    let mut machine = Setup::demo().modules(&["sleeper 100"]).boot();
    let mut gdb = gdb(&machine);
    // `sti`, `hlt` and `cli`, where the kernel idles.
    gdb.command("find /b /1 0x100000, +0x40000, 0xfb, 0xf4, 0xfa");
    let idle = value_of(&mut gdb, "(unsigned) $_");
    for start in [idle, idle + 1] {
        gdb.command(&format!("tbreak *{start:#x}"));
        let stop = gdb.command("continue");
        assert!(stop.contains("hit Temporary breakpoint"), "{stop}");
        while (start..idle + 2).contains(&value_of(&mut gdb, "(unsigned) $eip"))
        {
            gdb.command("stepi");
        }
        assert_eq!(value_of(&mut gdb, "$_thread"), IDLE);
        // QEMU ends the step an instruction later.
        let at = value_of(&mut gdb, "(unsigned) $eip");
        assert!((idle + 2..=idle + 3).contains(&at), "{at:#x}");
    }
    let_go(&mut machine, gdb);
}

#[test]
fn a_locked_task_runs_alone_while_time_goes_on() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    let workers = artifacts::program("workers");
    gdb.command(&format!("add-symbol-file {}", workers.display()));
    gdb.command(&format!("thread {SPINNER}"));
    gdb.command("set scheduler-locking on");
    let spins = value_of(&mut gdb, "*(unsigned *) &workers::SPINS");
    let total = value_of(&mut gdb, "*(unsigned *) &workers::TOTAL");
    gdb.send("continue");
    gdb.wait_until_continuing();
    ticks::wait_for(&mut machine, 101);
    gdb.interrupt();
    let stop = gdb.answer();
    assert!(stop.contains("SIGINT"), "{stop}");
    assert_eq!(value_of(&mut gdb, "$_thread"), SPINNER);
    let more = value_of(&mut gdb, "*(unsigned *) &workers::SPINS");
    assert!(more > spins, "the one that was let go has run");
    // The worker that had been interrupted may have been about to count.
    let total_now = value_of(&mut gdb, "*(unsigned *) &workers::TOTAL");
    assert_eq!(total_now, total, "the others have not");
    gdb.command("set scheduler-locking off");
    let_go(&mut machine, gdb);
}

#[test]
fn a_locked_task_that_sleeps_wakes_and_goes_on_alone() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    let sleeper = artifacts::program("sleeper");
    gdb.command(&format!("add-symbol-file {}", sleeper.display()));
    gdb.command(&format!("thread {SLEEPER}"));
    gdb.command("break sleeper::turn");
    gdb.command("continue");
    gdb.command("set scheduler-locking on");
    for _ in 0..3 {
        let turns = value_of(&mut gdb, "turns");
        let stop = gdb.command("continue");
        assert!(stop.contains("sleeper::turn"), "{stop}");
        assert_eq!(value_of(&mut gdb, "$_thread"), SLEEPER);
        assert_eq!(value_of(&mut gdb, "turns"), turns + 1);
    }
    gdb.command("set scheduler-locking off");
    let_go(&mut machine, gdb);
}

#[test]
fn a_locked_step_of_a_task_that_waits_is_refused() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    let sleeper = artifacts::program("sleeper");
    gdb.command(&format!("add-symbol-file {}", sleeper.display()));
    // When another task's call stops the system, the sleeper sleeps, unless
    // it has just woken up.
    let sleeps = (0..20).any(|_| {
        gdb.command(&format!("thread {SIBLING}"));
        break_at(&mut gdb, "step_0");
        gdb.command("continue");
        gdb.command(&format!("thread {SLEEPER}"));
        let threads = gdb.command("info threads");
        threads.contains("sleeper/sleeper sleeping")
    });
    assert!(sleeps, "{}", gdb.transcript());
    let before = value_of(&mut gdb, "(unsigned) $eip");
    gdb.command("set scheduler-locking on");
    let said = gdb.command("stepi");
    assert!(said.contains("this task is blocked"), "{said}");
    assert_eq!(value_of(&mut gdb, "(unsigned) $eip"), before);
    // If the others run too, it makes its step once it is awake.
    gdb.command("set scheduler-locking off");
    gdb.command(&format!("thread {SLEEPER}"));
    gdb.command("stepi");
    assert_eq!(value_of(&mut gdb, "$_thread"), SLEEPER);
    let after = value_of(&mut gdb, "(unsigned) $eip");
    assert!(after > before && after <= before + 8, "{before:#x} {after:#x}");
    let_go(&mut machine, gdb);
}

/// Puts code in an unused part of a kernel stack, and lets the task that gdb
/// shows run it.
fn run_code(gdb: &mut Gdb, code: &[u8]) -> u32 {
    gdb.command("set $code = ((unsigned)$esp - 512) & ~15");
    for (at, byte) in code.iter().enumerate() {
        let place = format!("*(unsigned char *)($code + {at})");
        gdb.command(&format!("set var {place} = {byte}"));
    }
    gdb.command("set $eip = $code");
    value_of(gdb, "$code")
}

#[test]
fn what_the_kernel_does_to_interrupts_and_by_faults_is_stepped_through() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    gdb.command(&format!("thread {STEPPED}"));
    gdb.command("break kernel::system_call::dispatch");
    gdb.command(&format!("condition 1 $tid == {STEPPED}"));
    gdb.command("continue");
    assert_eq!(value_of(&mut gdb, "$_thread"), STEPPED);
    gdb.command("set $back = (unsigned)$eip");
    let step = |gdb: &mut Gdb| {
        let said = gdb.command("stepi");
        assert_eq!(value_of(gdb, "$_thread"), STEPPED, "{said}");
        (value_of(gdb, "(unsigned)$eip"), said)
    };
    // sti; nop; nop; cli; nop: the first `nop` is in the shadow of `sti`.
    let code = run_code(&mut gdb, &[0xFB, 0x90, 0x90, 0xFA, 0x90]);
    let mut at = code;
    while at < code + 4 {
        let before = at;
        at = step(&mut gdb).0;
        assert!(at > before && at <= before + 2, "{before:#x} {at:#x}");
        let is_on = value_of(&mut gdb, "($eflags >> 9) & 1");
        let expected = u32::from(at < code + 4);
        assert_eq!(is_on, expected, "interrupts at {at:#x}");
        assert_eq!(value_of(&mut gdb, "($eflags >> 8) & 1"), 0, "no TF");
    }
    assert_eq!(at, code + 4);
    // Onto a breakpoint: it is not hit before its instruction is next.
    let code = run_code(&mut gdb, &[0x90, 0x90, 0x90]);
    gdb.command(&format!("break *{:#x}", code + 1));
    let (at, said) = step(&mut gdb);
    assert_eq!(at, code + 1, "{said}");
    let (at, said) = step(&mut gdb);
    assert_eq!(at, code + 2, "{said}");
    gdb.command("delete 2");
    // An instruction that faults: its fault is the stop.
    let code = run_code(&mut gdb, &[0xA1, 0, 0, 0, 0, 0x90]);
    let (at, said) = step(&mut gdb);
    assert!(said.contains("SIGSEGV"), "{said}");
    assert_eq!(at, code, "{said}");
    // On the way back to ring 3: `iret` pops TF, so it must be set in the
    // frame, and clear afterwards.
    gdb.command("set $eip = $back");
    gdb.command("delete");
    let kernel = Image::open(&artifacts::kernel());
    let end = kernel.address("return_from_trap");
    gdb.command(&format!("tbreak *{end:#x} if $tid == {STEPPED}"));
    gdb.command("signal 0");
    assert_eq!(value_of(&mut gdb, "$_thread"), STEPPED);
    for _ in 0..6 {
        step(&mut gdb);
    }
    let next = gdb.command("x/i $eip");
    assert!(next.contains("iret"), "{next}");
    let program = value_of(&mut gdb, "*(unsigned *)$esp");
    let (at, said) = step(&mut gdb);
    assert_eq!(at, program, "{said}");
    assert_eq!(value_of(&mut gdb, "$cs"), 0x1B);
    assert_eq!(value_of(&mut gdb, "($eflags >> 8) & 1"), 0, "no TF");
    let_go(&mut machine, gdb);
}

#[test]
fn a_step_reports_what_its_instruction_only_reads() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    gdb.command("tbreak kernel::system_call::dispatch");
    gdb.command("continue");
    gdb.command("set $back = (unsigned)$eip");
    // nop; movzx eax, byte ptr [stormglass_ticks]; bt dword ptr [...], 0; nop
    let ticks = ticks::address().to_le_bytes();
    let movzx = [&[0x0F, 0xB6, 0x05], &ticks[..]].concat();
    let bt = [&[0x0F, 0xBA, 0x25], &ticks[..], &[0]].concat();
    let code = [&[0x90], &movzx[..], &bt, &[0x90]].concat();
    let at_movzx = run_code(&mut gdb, &code) + 1;
    let at_bt = at_movzx + movzx.len() as u32;
    let end = at_bt + bt.len() as u32;
    gdb.command("awatch *(unsigned *) &stormglass_ticks");
    let assert_reads = |gdb: &mut Gdb, command: &str, end: u32| {
        let said = gdb.command(command);
        let is_told = said.contains("(read/write) watchpoint");
        assert!(is_told && said.contains("\nValue = "), "{command}: {said}");
        assert_eq!(value_of(gdb, "(unsigned)$eip"), end, "{said}");
    };
    let said = gdb.command("stepi");
    assert!(!said.contains("watchpoint"), "nop: {said}");
    assert_reads(&mut gdb, "stepi", at_bt);
    assert_reads(&mut gdb, "stepi", end);
    // And under a breakpoint that stops nothing.
    gdb.command(&format!("break *{at_movzx:#x} if 0 == 1"));
    gdb.command(&format!("set $eip = {:#x}", at_movzx - 1));
    assert_reads(&mut gdb, "continue", at_bt);
    // Before the last instruction there is none, so only a step leads there.
    gdb.command(&format!("break *{at_bt:#x} if 0 == 1"));
    gdb.command(&format!("set $eip = {:#x}", at_movzx - 1));
    assert_reads(&mut gdb, "continue", at_bt);
    assert_reads(&mut gdb, "continue", end);
    gdb.command("set $eip = $back");
    let_go(&mut machine, gdb);
}

/// A program's system call leads through kernel code with breakpoints: one that
/// stops nothing does not end the step, and after one that does stop no step
/// is left over.
#[test]
fn a_step_over_a_call_knows_the_kernels_breakpoints_from_its_end() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    gdb.command("set dprintf-style agent");
    for locked in ["off", "on"] {
        run_to_round(&mut gdb);
        break_at(&mut gdb, "step_7");
        gdb.command("continue");
        gdb.command(&format!("set scheduler-locking {locked}"));
        gdb.command("dprintf kernel::system_call::dispatch,\"entered\\n\"");
        let said = gdb.command("stepi");
        assert!(said.contains("entered"), "{said}");
        assert_eq!(value_of(&mut gdb, "(unsigned)$eip"), address("step_8"));
        gdb.command("delete");
        // Now one that stops the step.
        gdb.command("set scheduler-locking off");
        break_at(&mut gdb, "step_7");
        gdb.command("continue");
        gdb.command("tbreak kernel::system_call::dispatch");
        gdb.command(&format!("condition $bpnum $tid == {STEPPED}"));
        gdb.command(&format!("set scheduler-locking {locked}"));
        let said = gdb.command("stepi");
        assert!(said.contains("hit Temporary breakpoint"), "{said}");
        gdb.command("set scheduler-locking off");
        break_at(&mut gdb, "step_9");
        let said = gdb.command("continue");
        assert!(said.contains("hit Temporary breakpoint"), "{said}");
        assert_eq!(value_of(&mut gdb, "(unsigned)$eip"), address("step_9"));
    }
    let_go(&mut machine, gdb);
}

/// Whether it is stepped, run freely, or run over a breakpoint that stops
/// nothing: the TF that `popf` loads is the program's, which then traps.
#[test]
fn a_trap_flag_that_a_program_has_loaded_is_its_own() {
    let mut machine = boot();
    let mut gdb = gdb(&machine);
    run_to_round(&mut gdb);
    gdb.command("set $start = (unsigned)$eip");
    gdb.command("set $flags = $eflags | 0x100");
    // push the flags; popf; nop; nop; nop
    let code = |gdb: &mut Gdb| {
        gdb.command("set $code = ((unsigned)$esp - 512) & ~15");
        let push = "*(unsigned char *)$code = 0x68";
        gdb.command(&format!("set var {push}"));
        gdb.command("set var *(unsigned *)($code + 1) = $flags");
        gdb.command("set var *(unsigned *)($code + 5) = 0x9090909d");
        gdb.command("set $eip = $code");
        value_of(gdb, "$code")
    };
    for way in ["free", "breakpoint", "steps"] {
        let start = code(&mut gdb);
        match way {
            "breakpoint" => {
                gdb.command(&format!("break *{:#x} if $esp == 0", start + 5));
            }
            "steps" => {
                gdb.command("stepi");
                gdb.command("stepi");
            }
            _ => {}
        }
        let said = gdb.command("continue");
        assert!(said.contains("SIGTRAP"), "{way}: {said}");
        let at = value_of(&mut gdb, "(unsigned)$eip");
        assert_eq!(at, start + 7, "{way}: {said}");
        assert_eq!(value_of(&mut gdb, "($eflags >> 8) & 1"), 1, "{way}");
        gdb.command("delete");
        gdb.command("set $eflags = $flags & ~0x100");
    }
    gdb.command("set $eip = $start");
    let_go(&mut machine, gdb);
}

/// The processor is idle then, but gdb waits for the task that it resumed:
/// gdb 13 crashes if another one is reported, twice.
#[test]
fn ctrl_c_finds_a_task_that_sleeps_alone() {
    const HOURS: [&str; 2] = ["sleeper 36000000", "workers"];
    const SLEEPER: u32 = 3;
    let mut machine = Setup::demo().modules(&HOURS).boot();
    wait_until("the sleeper to sleep", LIMIT, || {
        let threads = host_cli::json(machine.endpoint(), &["threads"]);
        let sleeper = threads.rows("threads").get(SLEEPER as usize - 1);
        sleeper.is_some_and(|row| row["state"] == "sleeping")
    });
    let mut gdb = gdb(&machine);
    gdb.command(&format!("thread {SLEEPER}"));
    let shown = "info registers eip esp eflags ebx esi edi cr3";
    let before = gdb.command(shown);
    for locked in ["on", "off", "on"] {
        gdb.command(&format!("set scheduler-locking {locked}"));
        for _ in 0..3 {
            gdb.command(&format!("thread {SLEEPER}"));
            gdb.send("continue");
            gdb.wait_until_continuing();
            ticks::wait_for(&mut machine, 3);
            gdb.interrupt();
            let stop = gdb.answer();
            assert!(stop.contains("received signal SIGINT"), "{stop}");
            if locked == "on" {
                assert!(stop.contains("Thread 3 received"), "{stop}");
                assert_eq!(value_of(&mut gdb, "$_thread"), SLEEPER);
                assert_eq!(gdb.command(shown), before);
                // Its memory, too, and what only a new query shows.
                let code = value_of(&mut gdb, "*(unsigned short *)($eip - 2)");
                assert_eq!(code, 0x80CD, "it stands behind its call");
                gdb.command("maintenance flush register-cache");
                assert_eq!(gdb.command(shown), before);
                let current =
                    Image::open(&artifacts::kernel()).address(CURRENT);
                let current = format!("*(unsigned *){current:#x}");
                assert_eq!(value_of(&mut gdb, &current), IDLE);
            }
        }
    }
    // The next gdb sees the same stop and the same registers.
    gdb.crash();
    let mut gdb = self::gdb(&machine);
    assert_eq!(value_of(&mut gdb, "$_thread"), SLEEPER);
    assert_eq!(gdb.command(shown), before);
    let_go(&mut machine, gdb);
}
