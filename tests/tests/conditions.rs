//! The real gdb's conditions and `dprintf`, evaluated on the target.

use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// What the demo system's programs count in, as C says it.
const SPINS: &str = "*(unsigned *)&'workers::SPINS'";
const TOTAL: &str = "*(unsigned *)&'workers::TOTAL'";

/// A machine that runs `workers` and `sleeper`, and a gdb that has stopped
/// it, with the thread of that name selected.
fn stopped_in(thread: &str) -> (Machine, Gdb) {
    let machine = Setup::demo().modules(&["workers", "sleeper"]).boot();
    let mut tasks = Vec::new();
    wait_until("all threads", LIMIT, || {
        let answer = host_cli::json(machine.endpoint(), &["threads"]);
        tasks = answer.rows("threads").to_vec();
        tasks.iter().any(|task| task["name"] == "spinner")
    });
    let task = tasks.iter().find(|task| task["name"] == thread);
    let id = task.expect("it runs")["id"].to_string();
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let program = if thread == "sleeper" { "sleeper" } else { "workers" };
    let symbols = artifacts::program(program);
    gdb.command(&format!("add-symbol-file {}", symbols.display()));
    gdb.command(&format!("thread {id}"));
    (machine, gdb)
}

/// Returns the member of an atomic that is its number. Since Rust 1.96 that is
/// wrapped once more.
fn counter(gdb: &mut Gdb, of: &str) -> String {
    let wrapped = format!("{of}v.value.__0");
    if gdb.command(&format!("output {wrapped}")).parse::<u32>().is_ok() {
        return wrapped;
    }
    format!("{of}v.value")
}

/// Detaches gdb, and asserts that the system continues, and that `workers`
/// finds nothing wrong with its counts.
fn let_go(mut machine: Machine, mut gdb: Gdb) {
    gdb.command("delete");
    gdb.command("detach");
    // Its first thread checks every 250 ms.
    ticks::wait_for(&mut machine, 61);
    let console = machine.console();
    assert!(!console.contains("panic"), "{console}");
}

/// How often gdb says that breakpoint `number` was hit.
fn hits(gdb: &mut Gdb, number: u32) -> String {
    gdb.command(&format!("info breakpoints {number}"))
}

#[test]
fn a_condition_that_one_hit_of_many_meets_stops_there_and_nowhere_else() {
    const MANY: u32 = 20_000;
    let (machine, mut gdb) = stopped_in("spinner");
    let last = gdb.number(SPINS).wrapping_add(MANY);
    gdb.command(&format!("break *'workers::spin_once' if {SPINS} == {last}"));
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Breakpoint 1"), "{stop}");
    assert_eq!(gdb.number(SPINS), last);
    let info = hits(&mut gdb, 1);
    assert!(info.contains("(target evals)"), "{info}");
    assert!(info.contains("already hit 1 time\n"), "{info}");
    let_go(machine, gdb);
}

#[test]
fn an_instruction_that_the_stub_does_not_know_is_stepped_over() {
    let (machine, mut gdb) = stopped_in("spinner");
    // `inc` of memory.
    let code = gdb.command("x/3i 'workers::spin_once'");
    assert!(code.contains("inc"), "{code}");
    let last = gdb.number(SPINS).wrapping_add(5000);
    let at = "*(char (*)[1])((unsigned)&'workers::spin_once' + 3)";
    gdb.command(&format!("break *((unsigned)&{at}) if {SPINS} == {last}"));
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Breakpoint 1"), "{stop}");
    assert_eq!(gdb.number(SPINS), last);
    assert!(hits(&mut gdb, 1).contains("already hit 1 time\n"));
    let_go(machine, gdb);
}

#[test]
fn a_condition_knows_process_and_task() {
    let (machine, mut gdb) = stopped_in("worker-2");
    let own = gdb.number("$tid");
    let process = gdb.number("$pid");
    assert!(gdb.command("thread").contains(&format!("(Thread {own})")));
    gdb.command(&format!("break workers::add_one if $tid == {own}"));
    for _ in 0..3 {
        let stop = gdb.command("continue");
        assert!(stop.contains("hit Breakpoint 1"), "{stop}");
        assert_eq!(gdb.number("$tid"), own);
    }
    assert!(hits(&mut gdb, 1).contains("(target evals)"));
    gdb.command("delete");
    // In the kernel, where all of them get to.
    let other = process + 1;
    for wanted in [process, other, process] {
        gdb.command(&format!(
            "tbreak kernel::system_call::dispatch if $pid == {wanted}"
        ));
        let stop = gdb.command("continue");
        assert!(stop.contains("hit Temporary breakpoint"), "{stop}");
        assert_eq!(gdb.number("$pid"), wanted);
    }
    let_go(machine, gdb);
}

#[test]
fn conditions_read_registers_members_and_memory() {
    let (machine, mut gdb) = stopped_in("worker-1");
    let total = gdb.number(TOTAL);
    for condition in [
        format!("{TOTAL} > {total} + 30 && $cs == 0x1b"),
        format!("$eip == 0 || {TOTAL} >= {total} + 60"),
        format!("!($esp < 0x100000) && ({TOTAL} & 63) == 7"),
        format!("*(unsigned char *){TOTAL:?} == 0 || $tid > 0")
            .replace(&format!("{TOTAL:?}"), "0x02400000"),
        format!("{} % 5 == 3", counter(&mut gdb, "'workers::COUNTS'[1].")),
        "((*(int *)0x02400008) << 2) / 2 - 1 == 2 * $pid - 1".to_owned(),
    ] {
        gdb.command(&format!("break workers::add_one if {condition}"));
        let stop = gdb.command("continue");
        assert!(stop.contains("hit Breakpoint"), "{condition}: {stop}");
        let holds = gdb.command(&format!("print !!({condition})"));
        assert!(holds.contains("= 1"), "{condition}: {holds}");
        let info = gdb.command("info breakpoints");
        assert!(info.contains("(target evals)"), "{info}");
        assert!(info.contains("already hit 1 time\n"), "{info}");
        gdb.command("delete");
    }
    let_go(machine, gdb);
}

#[test]
fn a_condition_that_cannot_be_told_is_a_stop() {
    let (machine, mut gdb) = stopped_in("worker-1");
    gdb.command("break workers::add_one if *(int *)0x50000000 == 1");
    let stop = gdb.command("continue");
    assert!(stop.contains("Error in testing"), "{stop}");
    assert!(stop.contains("0x50000000"), "{stop}");
    assert!(stop.contains("workers::add_one"), "{stop}");
    let_go(machine, gdb);
}

#[test]
fn hits_that_are_to_be_ignored_are_those_whose_condition_holds() {
    let (machine, mut gdb) = stopped_in("worker-1");
    let own = gdb.number("$tid");
    gdb.command(&format!("break workers::add_one if $tid == {own}"));
    gdb.command("continue");
    let own_count = counter(&mut gdb, "count->");
    let first = gdb.number(&own_count);
    gdb.command("ignore 1 5");
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Breakpoint 1"), "{stop}");
    assert_eq!(gdb.number(&own_count), first + 6);
    let_go(machine, gdb);
}

/// Returns the numbers that follow `mark` in gdb's output.
fn printed(text: &str, mark: &str) -> Vec<u32> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
    let words = lines.filter_map(|rest| rest.split_whitespace().next());
    words.map(|word| word.parse().expect(text)).collect()
}

#[test]
fn dprintf_prints_from_the_running_system_and_stops_nothing() {
    let (machine, mut gdb) = stopped_in("worker-1");
    gdb.command("set dprintf-style agent");
    let own = gdb.number("$tid");
    // The name of the process is in its data.
    let data = "0x02400000";
    let format = r#""total: %u is %#x of %s by %d%%\n""#;
    let name = name_in_data(&mut gdb, data);
    gdb.command(&format!(
        "dprintf workers::add_one,{format},{TOTAL},{TOTAL},{name},$tid"
    ));
    gdb.command(&format!("condition 1 $tid == {own}"));
    // Elsewhere, after a while.
    let last = gdb.number(TOTAL) + 60;
    gdb.command(&format!("tbreak workers::check if {TOTAL} > {last}"));
    let said = gdb.command("continue");
    assert!(said.contains("hit Temporary breakpoint 2"), "{said}");
    let totals = printed(&said, "total: ");
    assert!(totals.len() >= 15, "{said}");
    assert!(totals.is_sorted(), "{totals:?}");
    for line in said.lines().filter(|line| line.starts_with("total: ")) {
        let total = printed(line, "total: ")[0];
        let expected =
            format!("total: {total} is {total:#x} of workers by {own}%");
        assert_eq!(line, expected);
    }
    // All before the stop, and no stop among them.
    let (before, _) = said.split_once("hit Temporary").expect(&said);
    assert_eq!(printed(before, "total: ").len(), totals.len());
    let_go(machine, gdb);
}

/// Returns the address of the process' name in its data.
fn name_in_data(gdb: &mut Gdb, data: &str) -> u32 {
    let found =
        gdb.command(&format!("find /b {data}, +256, 'w', 'o', 'r', 'k', 'e'"));
    let first = found.lines().next().expect(&found);
    let digits = first.split_whitespace().next().expect(&found);
    let digits = digits.trim_start_matches("0x");
    u32::from_str_radix(digits, 16).expect(&found)
}

#[test]
fn many_lines_lose_none() {
    let (machine, mut gdb) = stopped_in("spinner");
    gdb.command("set dprintf-style agent");
    gdb.command(&format!("dprintf workers::spin_once,\"spin %u\\n\",{SPINS}"));
    let first = gdb.number(SPINS);
    let enough = first.wrapping_add(300);
    gdb.command(&format!("tbreak workers::check if {SPINS} > {enough}"));
    let said = gdb.command("continue");
    let last = gdb.number(SPINS);
    let spins = printed(&said, "spin ");
    assert!(spins.len() > 200, "{}", spins.len());
    let all: Vec<u32> = (first..=last).collect();
    let from = spins[0].wrapping_sub(first) as usize;
    assert!(from < 2, "the first is {}, after {first}", spins[0]);
    assert_eq!(spins, all[from..][..spins.len()]);
    assert!(from + spins.len() + 1 >= all.len(), "{last}");
    let_go(machine, gdb);
}

#[test]
fn a_breakpoint_where_dprintf_is_has_both() {
    let (machine, mut gdb) = stopped_in("worker-1");
    gdb.command("set dprintf-style agent");
    gdb.command("dprintf workers::add_one,\"here %d\\n\",$tid");
    gdb.command("break workers::add_one if $tid > 0");
    let stop = gdb.command("continue");
    assert!(stop.contains("Breakpoint 2"), "{stop}");
    gdb.command("delete 2");
    let last = gdb.number(TOTAL) + 10;
    gdb.command(&format!("tbreak workers::check if {TOTAL} > {last}"));
    let said = gdb.command("continue");
    assert!(printed(&said, "here ").len() > 2, "{said}");
    let_go(machine, gdb);
}

#[test]
fn a_line_leads_to_the_same_places_with_breakpoints_on_every_instruction() {
    let (machine, mut gdb) = stopped_in("worker-1");
    // The stub emulates most of these instructions; the processor executes the
    // others, `ret` and branches among them. The program checks its counts.
    let mut planted = 0;
    for (function, instructions) in [("add_one", 25), ("spin_once", 6)] {
        let all = format!("x/{instructions}i 'workers::{function}'");
        for line in gdb.command(&all).lines() {
            let line = line.trim_start_matches("=>").trim();
            let (address, rest) = line.split_once(' ').expect(line);
            if rest.contains(function) {
                gdb.command(&format!("break *{address} if $tid == 77"));
                planted += 1;
            }
        }
    }
    assert!(planted > 20, "{planted}");
    let last = gdb.number(TOTAL) + 100;
    gdb.command(&format!(
        "tbreak kernel::system_call::dispatch if *(int *)0x02400008 == $pid \
         && $pid == 2 && {TOTAL} > {last}"
    ));
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Temporary breakpoint"), "{stop}");
    assert!(gdb.number(TOTAL) > last);
    let_go(machine, gdb);
}
