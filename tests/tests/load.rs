//! The kernel under load: what is freed, what survives, what it costs.
//!
//! Each test has a short run, and a long one in `./x test --long`.

use std::time::Duration;
use tests::clients::host_cli;
use tests::host::deadline::{wait_for, wait_until};
use tests::machine::{Machine, Setup};
use tests::scenes::consistency::{self, Counts};

fn is_long() -> bool {
    std::env::var_os("STORMGLASS_LONG").is_some()
}

/// Returns the first number, or the second with `--long`.
const fn or_long(short: u32, long: u32, is_long: bool) -> u32 {
    if is_long { long } else { short }
}

/// Longer than any of these runs takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(900);

/// Waits until this many processes are left: a task that runs like any other
/// removes the dead ones.
fn wait_for_processes(machine: &Machine, count: usize) {
    wait_until("the dead to be buried", Duration::from_secs(60), || {
        let answer = host_cli::json(machine.endpoint(), &["processes"]);
        answer.rows("processes").len() == count
    });
}

/// Boots one program, lets it do its work, and counts what exists then.
fn counts_after(module: &str, done: &str) -> Counts {
    let mut machine = Setup::demo().modules(&[module]).boot();
    machine.wait_for_line(done, LIMIT);
    wait_for_processes(&machine, 2);
    consistency::check(&mut machine)
}

#[test]
fn after_any_number_of_creations_and_ends_there_is_as_much_as_before() {
    let rounds = or_long(2000, 100_000, is_long());
    let few = counts_after("cycler 10 10", "cycler: done: 10 rounds");
    let many = counts_after(
        &format!("cycler {rounds} 100"),
        &format!("cycler: done: {rounds} rounds"),
    );
    assert_eq!(few, many);
}

#[test]
fn after_any_number_of_attachments_windows_leave_nothing_behind() {
    let rounds = or_long(2000, 100_000, is_long());
    let few = counts_after("sharer 10 10", "sharer: done: 10 rounds");
    let many = counts_after(
        &format!("sharer {rounds} 100"),
        &format!("sharer: done: {rounds} rounds"),
    );
    assert_eq!(few, many);
}

#[test]
fn a_window_of_a_mebibyte_serves_three_processes_and_survives_a_crash() {
    let mut machine = Setup::demo().modules(&["crowd-window 8"]).boot();
    let line = machine.wait_for_line("crowd-window: crowd-window: 8", LIMIT);
    assert!(line.ends_with("all is well"), "{line}");
    // It ends, and its writers too: only the kernel's own process is left.
    wait_for_processes(&machine, 1);
    consistency::check(&mut machine);
}

#[test]
fn a_fuzzer_harms_nobody_but_its_own_children() {
    let calls = or_long(20_000, 1_000_000, is_long());
    for seed in 1..=2 {
        let fuzzer = format!("fuzzer {seed} {calls}");
        let modules = ["guardian 1", &fuzzer, "guardian 2"];
        let mut machine = Setup::demo().memory_mib(64).modules(&modules).boot();
        let done = machine.wait_for_line("fuzzer: done:", LIMIT);
        wait_for_processes(&machine, 4);
        consistency::check(&mut machine);
        let reports = |machine: &Machine| {
            machine.console().matches("guardian: intact after").count()
        };
        let before = reports(&machine);
        wait_until("both guardians", LIMIT, || reports(&machine) >= before + 4);
        let console = machine.console();
        assert!(!console.contains("panic"), "{console}");
        println!("seed {seed}: {done}");
    }
}

#[test]
fn the_last_of_many_processes_costs_what_the_first_did() {
    let (processes, memory_mib) =
        if is_long() { (1000, 512) } else { (300, 256) };
    let module = format!("crowd {processes} 4");
    let setup = Setup::demo().memory_mib(memory_mib).modules(&[&module]);
    let mut machine = setup.counting_instructions().boot();
    let line = format!("crowd: crowd: {processes} processes of 4");
    machine.wait_for_line(&line, LIMIT);
    let tasks = processes as usize * 4;
    wait_until("every task", LIMIT, || {
        let answer = host_cli::json(machine.endpoint(), &["info"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        let answer = host_cli::json(machine.endpoint(), &["threads"]);
        // The kernel's two, and the one that creates the others.
        answer.rows("threads").len() == tasks + 3
    });
    let console = machine.console();
    let costs: Vec<f64> = console
        .lines()
        .filter_map(|line| line.split_once(" processes, ")?.1.split_once(' '))
        .filter_map(|(number, _)| number.parse().ok())
        .collect();
    let (first, last) = (costs[0], costs[costs.len() - 1]);
    println!("microseconds for each creation: {costs:?}");
    // The first hundred take four ticks of the clock, more or less one.
    assert!(first > 0.0 && last <= 2.0 * first, "{costs:?}");
    consistency::check(&mut machine);
}

/// Waits for a measurement of `switcher` that begins after now, and returns
/// the cost of a switch in nanoseconds.
fn cost_of_a_switch(machine: &Machine) -> f64 {
    let costs = |machine: &Machine| -> Vec<f64> {
        let console = machine.console();
        let whole = console.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines();
        let texts = lines.filter_map(|line| line.strip_prefix("switcher: "));
        texts
            .filter_map(|text| {
                text.split_once(" ns for each of ")?.0.parse().ok()
            })
            .collect()
    };
    // The next one may have begun already.
    let next = costs(machine).len() + 1;
    wait_for("`switcher` to measure", LIMIT, || {
        costs(machine).get(next).copied()
    })
}

#[test]
fn a_context_switch_costs_the_same_with_few_and_with_many_tasks() {
    let (processes, memory_mib) =
        if is_long() { (1000, 512) } else { (300, 256) };
    let boot = |modules: &[&str]| {
        let setup = Setup::demo().memory_mib(memory_mib).modules(modules);
        setup.counting_instructions().boot()
    };
    let few = cost_of_a_switch(&boot(&["switcher 300"]));

    let crowd = format!("crowd {processes} 4");
    let machine = boot(&["switcher 300", &crowd]);
    let line = format!("crowd: crowd: {processes} processes of 4");
    machine.wait_for_line(&line, LIMIT);
    // All of the crowd, and the task that has created it.
    let sleepers = processes * 4 + 1;
    wait_until("the crowd to sleep", LIMIT, || {
        let answer = host_cli::json(machine.endpoint(), &["threads"]);
        let rows = answer.rows("threads").iter();
        rows.filter(|row| row["state"] == "sleeping").count() == sleepers
    });
    let many = cost_of_a_switch(&machine);
    println!("nanoseconds for each switch: {few}, and {many} in a crowd");
    assert!(few > 0.0 && many <= 1.1 * few, "{few} and then {many}");
}
