//! The SSE registers, which tasks are lent as the x87 registers: a debugger
//! sees and sets those of any task, whoever has them, and disturbs nobody.

use serde_json::Value;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::lldb::Lldb;
use tests::line::multiplexer::Multiplexer;
use tests::machine::Setup;

const LIMIT: Duration = Duration::from_secs(60);
/// Programs that use the registers, and one that does not.
const PROGRAMS: [&str; 4] = ["lanes 100", "lanes 200", "lanes 300", "sleeper"];
/// Their first tasks.
const LANES: [u32; 3] = [3, 4, 5];
const SLEEPER: u32 = 6;
const IDLE: u32 = 1;
/// What a test sets XMM0 to.
const NEW: u32 = 5000;
/// MXCSR as the programs set it, and as a reset leaves it.
const ROUNDS_UP: u32 = 0x5F80;
const INITIAL: u32 = 0x1F80;

/// Returns which number a task has in XMM0.
const fn first_of(task: u32) -> u32 {
    100 * (task - 2)
}

fn address(symbol: &str) -> u32 {
    Image::open(&artifacts::program("lanes")).address(symbol)
}

fn number(gdb: &mut Gdb, expression: &str) -> u32 {
    let text = gdb.command(&format!("print/d (unsigned int){expression}"));
    let digits = text.trim().rsplit("= ").next().unwrap_or_default();
    digits.parse().unwrap_or_else(|_| panic!("{expression}: {text}"))
}

/// Returns the four parts of a vector, as whole numbers.
fn parts(gdb: &mut Gdb, register: u32) -> String {
    let expression = format!("print/d (int[4])$xmm{register}");
    let text = gdb.command(&expression);
    text.trim().rsplit("= ").next().unwrap_or_default().to_owned()
}

/// Returns how gdb prints a number in all four parts.
fn four(value: u32) -> String {
    format!("{{{value}, {value}, {value}, {value}}}")
}

fn select(gdb: &mut Gdb, task: u32) {
    let text = gdb.command(&format!("thread {task}"));
    assert!(text.contains(&format!("thread {task} ")), "{text}");
}

/// Continues until a task is at a symbol.
fn stop_at(gdb: &mut Gdb, task: u32, symbol: &str) {
    let at = address(symbol);
    gdb.command(&format!("tbreak *{at:#x} if $tid == {task}"));
    let stop = gdb.command("continue");
    assert!(stop.contains("emporary breakpoint"), "{stop}");
    assert_eq!(number(gdb, "$_thread"), task, "{stop}");
}

/// Returns whether the selected task has loaded all of its registers.
fn holds(gdb: &mut Gdb) -> bool {
    let range = address("lanes_held")..address("lanes_released");
    range.contains(&number(gdb, "$eip"))
}

fn assert_is_right(gdb: &mut Gdb, task: u32) {
    for (register, value) in (0..8).zip(first_of(task)..) {
        assert_eq!(parts(gdb, register), four(value), "task {task}");
    }
    assert_eq!(number(gdb, "$mxcsr"), ROUNDS_UP);
}

fn assert_unused(gdb: &mut Gdb, task: u32) {
    select(gdb, task);
    assert_eq!(parts(gdb, 0), four(0), "task {task}");
    assert_eq!(number(gdb, "$mxcsr"), INITIAL, "task {task}");
}

/// Sets XMM0 of the selected task.
fn change(gdb: &mut Gdb) {
    for part in 0..4 {
        gdb.command(&format!("set ((int[4])$xmm0)[{part}] = {NEW}"));
    }
    assert_eq!(parts(gdb, 0), four(NEW));
}

fn booted(setup: Setup) -> tests::machine::Machine {
    let machine = setup.modules(&PROGRAMS).boot();
    for task in LANES {
        let text = format!("lanes: {} is held", first_of(task));
        machine.wait_for_line(&text, LIMIT);
    }
    machine
}

fn attached(machine: &tests::machine::Machine) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    gdb
}

fn assert_all_is_seen_and_set(setup: Setup) {
    let machine = booted(setup);
    let mut gdb = attached(&machine);
    let mut others = 0;
    for running in LANES {
        // At the first it is the owner, at the second it is not yet.
        for symbol in ["lanes_held", "lanes_back"] {
            stop_at(&mut gdb, running, symbol);
            assert_is_right(&mut gdb, running);
            for task in LANES.into_iter().filter(|task| *task != running) {
                select(&mut gdb, task);
                // The timer may have interrupted it elsewhere.
                if holds(&mut gdb) {
                    assert_is_right(&mut gdb, task);
                    others += 1;
                }
            }
        }
    }
    assert!(others > 4, "{others}");
    assert_unused(&mut gdb, IDLE);
    assert_unused(&mut gdb, SLEEPER);
    for view in ["info all-registers", "info vector", "info float"] {
        let text = gdb.command(view);
        assert!(!text.contains("not available"), "{view}: {text}");
    }
    let [owner, comer, _] = LANES;
    stop_at(&mut gdb, owner, "lanes_held");
    change(&mut gdb);
    // What the processor would fault on is not set.
    gdb.command("set $mxcsr = 0xffff5f80");
    assert_eq!(number(&mut gdb, "$mxcsr"), ROUNDS_UP);
    stop_at(&mut gdb, comer, "lanes_back");
    change(&mut gdb);
    gdb.command("detach");
    // Each finds its own number changed, once, and nothing else.
    let found = |task| format!("lanes: {NEW} where {} was due", first_of(task));
    for task in [owner, comer] {
        machine.wait_for_line(&found(task), LIMIT);
    }
    let mut wrong = machine.lines("lanes: ");
    wrong.retain(|line| !line.ends_with(" is held"));
    wrong.sort();
    assert_eq!(wrong, [owner, comer].map(found));
}

#[test]
fn registers_of_any_task_are_seen_and_set_in_qemu() {
    assert_all_is_seen_and_set(Setup::demo());
}

#[test]
fn registers_of_any_task_are_seen_and_set_in_bochs() {
    assert_all_is_seen_and_set(Setup::demo().in_bochs());
}

#[test]
fn host_cli_tells_those_of_the_owner_and_of_others() {
    let machine = booted(Setup::demo());
    let shared = Multiplexer::new(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&shared.debugger().for_gdb());
    let [owner, comer, _] = LANES;
    for running in [owner, comer] {
        stop_at(&mut gdb, running, "lanes_held");
        for task in LANES {
            select(&mut gdb, task);
            if !holds(&mut gdb) {
                continue;
            }
            let words = ["regs", "--all", "--task", &task.to_string()];
            let answer = host_cli::json(&shared.queries(), &words);
            let registers = answer.member("registers");
            for (register, value) in (0..8).zip(first_of(task)..) {
                let due = format!("0x{}", format!("{value:08x}").repeat(4));
                assert_eq!(registers["sse"][format!("xmm{register}")], due);
            }
            assert_eq!(registers["sse"]["mxcsr"], "0x00005f80");
            let fctrl = number(&mut gdb, "$fctrl");
            let fctrl = format!("{fctrl:#010x}");
            assert_eq!(registers["x87"]["fctrl"], fctrl);
        }
    }
    gdb.command("delete");
    gdb.command("detach");
}

#[test]
fn a_processor_without_them_has_none_and_no_view_is_hurt() {
    let machine = Setup::demo().processor("pentium2").boot();
    let mut gdb = attached(&machine);
    for view in ["info registers", "info all-registers", "info float"] {
        let text = gdb.command(view);
        assert!(text.contains("0x") && !text.contains("xmm"), "{view}: {text}");
    }
    gdb.command("detach");
    let answer = host_cli::json(machine.endpoint(), &["regs", "--all"]);
    let registers = answer.member("registers");
    assert_eq!(registers["sse"], Value::Null);
    assert_eq!(registers["x87"]["fctrl"], "0x0000037f");
}

#[test]
fn lldb_reads_all_registers() {
    let machine = booted(Setup::demo());
    let mut gdb = attached(&machine);
    let [task, ..] = LANES;
    stop_at(&mut gdb, task, "lanes_held");
    gdb.command("delete");
    // It goes without a word; the system stands where it stood.
    drop(gdb);
    let mut lldb = Lldb::start(&artifacts::kernel());
    let line = machine.endpoint().for_lldb();
    lldb.command(&format!("process connect --plugin gdb-remote {line}"));
    let all = lldb.command("register read --all");
    // 100 four times, as one number or as bytes.
    let line = all.lines().find(|line| line.contains("xmm0 = "));
    let line = line.expect(&all);
    let hundreds = line.matches("64").count();
    assert_eq!(hundreds, 4, "{line}");
    assert!(all.contains("mxcsr = 0x00005f80"), "{all}");
    for name in ["st7 = ", "fop = ", "eax = ", "cr3 = "] {
        assert!(all.contains(name), "{all}");
    }
    lldb.command("process detach");
}
