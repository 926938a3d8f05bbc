//! The x87 registers, which tasks are lent when they use them: a debugger sees
//! and sets those of any task, whoever has the unit, and disturbs nobody.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::machine::Setup;

const LIMIT: Duration = Duration::from_secs(60);
/// Programs that use the unit, and one that does not.
const PROGRAMS: [&str; 4] =
    ["floats 100", "floats 200", "floats 300", "sleeper 100"];
/// Their first tasks.
const FLOATS: [u32; 3] = [3, 4, 5];
const SLEEPER: u32 = 6;
const IDLE: u32 = 1;
/// What a test sets ST(0) to.
const NEW: u32 = 5000;

/// Returns which number a task has in ST(0).
const fn first_of(task: u32) -> u32 {
    100 * (task - 2)
}

fn address(symbol: &str) -> u32 {
    Image::open(&artifacts::program("floats")).address(symbol)
}

fn number(gdb: &mut Gdb, expression: &str) -> u32 {
    let text = gdb.command(&format!("print/d (unsigned int){expression}"));
    let digits = text.trim().rsplit("= ").next().unwrap_or_default();
    digits.parse().unwrap_or_else(|_| panic!("{expression}: {text}"))
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
    let range = address("floats_held")..address("floats_released");
    range.contains(&number(gdb, "$eip"))
}

fn assert_is_right(gdb: &mut Gdb, task: u32) {
    let all = gdb.command("info float");
    for (index, value) in (0..8).zip(first_of(task)..) {
        assert_eq!(number(gdb, &format!("$st{index}")), value, "{all}");
    }
    assert_eq!(number(gdb, "$fctrl"), 0x37F, "{all}");
    assert_eq!(number(gdb, "$ftag"), 0, "all are in use: {all}");
    assert!(all.contains("=>R0: Valid"), "{all}");
}

fn assert_unused(gdb: &mut Gdb, task: u32) {
    select(gdb, task);
    assert_eq!(number(gdb, "$fctrl"), 0x37F, "task {task}");
    assert_eq!(number(gdb, "$ftag"), 0xFFFF, "task {task}");
    assert_eq!(number(gdb, "$st0"), 0, "task {task}");
}

/// Sets ST(0) of the selected task.
fn change(gdb: &mut Gdb) {
    gdb.command(&format!("set $st0 = {NEW}"));
    assert_eq!(number(gdb, "$st0"), NEW);
}

fn assert_all_is_seen_and_set(setup: Setup) {
    let machine = setup.modules(&PROGRAMS).boot();
    let wait = |text: &str| machine.wait_for_line(text, LIMIT);
    for task in FLOATS {
        wait(&format!("floats: {} is held", first_of(task)));
    }
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let mut others = 0;
    for running in FLOATS {
        // At the first it is the owner, at the second it is not yet.
        for symbol in ["floats_held", "floats_back"] {
            stop_at(&mut gdb, running, symbol);
            assert_is_right(&mut gdb, running);
            for task in FLOATS.into_iter().filter(|task| *task != running) {
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
    for view in ["info all-registers", "info frame", "info vector"] {
        let text = gdb.command(view);
        assert!(!text.contains("not available"), "{view}: {text}");
    }
    let [owner, comer, other] = FLOATS;
    stop_at(&mut gdb, owner, "floats_held");
    change(&mut gdb);
    stop_at(&mut gdb, comer, "floats_back");
    change(&mut gdb);
    loop {
        select(&mut gdb, other);
        if holds(&mut gdb) {
            break;
        }
        stop_at(&mut gdb, comer, "floats_back");
    }
    change(&mut gdb);
    gdb.command("detach");
    // Each finds its own number changed, once, and nothing else.
    let found =
        |task| format!("floats: {NEW} where {} was due", first_of(task));
    for task in FLOATS {
        wait(&found(task));
    }
    let mut wrong = machine.lines("floats: ");
    wrong.retain(|line| !line.ends_with(" is held"));
    wrong.sort();
    assert_eq!(wrong, FLOATS.map(found));
}

#[test]
fn registers_of_any_task_are_seen_and_set_in_qemu() {
    assert_all_is_seen_and_set(Setup::demo());
}

#[test]
fn registers_of_any_task_are_seen_and_set_on_a_486() {
    assert_all_is_seen_and_set(Setup::demo().processor("486"));
}

#[test]
fn registers_of_any_task_are_seen_and_set_in_bochs() {
    assert_all_is_seen_and_set(Setup::demo().in_bochs());
}
