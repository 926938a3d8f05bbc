//! I/O ports belong to the process that has claimed them, and to no other.

use serde_json::Value;
use std::time::Duration;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};

const LIMIT: Duration = Duration::from_secs(60);

/// A range as `ports` lists it: first and last port, and the process.
type Range = (u64, u64, u64);

/// The ranges that are claimed.
fn ranges(machine: &Machine) -> Vec<Range> {
    let answer = host_cli::json(machine.endpoint(), &["ports"]);
    let rows = answer.rows("ports").iter();
    rows.map(|row| {
        let number = |name: &str| {
            row[name].as_u64().unwrap_or_else(|| panic!("{name} in {row}"))
        };
        (number("first"), number("last"), number("process"))
    })
    .collect()
}

/// The ids and names of the processes.
fn processes(machine: &Machine) -> Vec<(u64, String)> {
    let answer = host_cli::json(machine.endpoint(), &["processes"]);
    let process = |row: &Value| {
        let name = row["name"].as_str().expect("a name is text");
        (row["id"].as_u64().expect("an id"), name.to_owned())
    };
    answer.rows("processes").iter().map(process).collect()
}

/// The line by which the kernel reports that it has killed a process.
fn killed(machine: &Machine, process: u64) -> String {
    let start = format!("killed: process {process} ");
    machine.wait_for_line(&start, LIMIT)
}

/// The position of a line that begins with `start` in the console's text.
fn line_number(machine: &Machine, start: &str) -> usize {
    machine.wait_for_line(start, LIMIT);
    let console = machine.console();
    let number = console.lines().position(|line| line.starts_with(start));
    number.expect("it was there")
}

/// What the kernel takes for itself: the interrupt controllers, the timer,
/// system control, the two serial lines; and what would let a program write
/// any memory, reset the machine, or change its interrupts.
const KERNELS: [(u64, u64); 15] = [
    (0x00, 0x1f),
    (0x20, 0x21),
    (0x40, 0x43),
    (0x61, 0x61),
    (0x64, 0x64),
    (0x80, 0x9f),
    (0xa0, 0xa1),
    (0xb2, 0xb3),
    (0xc0, 0xdf),
    (0x2f8, 0x2ff),
    (0x3f8, 0x3ff),
    (0x4d0, 0x4d1),
    (0x510, 0x51b),
    (0x600, 0x63f),
    (0xcf8, 0xcff),
];

const CLOCK: (u64, u64) = (0x70, 0x71);

#[test]
fn the_kernels_ports_and_the_owners_are_listed_with_their_processes() {
    let machine = Setup::demo().modules(&["sleeper", "owner"]).boot();
    machine.wait_for_line("owner: owner has ports", LIMIT);
    let processes = processes(&machine);
    let id = |wanted: &str| {
        let found = processes.iter().find(|(_, name)| name == wanted);
        found.unwrap_or_else(|| panic!("{wanted} in {processes:?}")).0
    };
    let kernels = KERNELS.map(|(first, last)| (first, last, id("kernel")));
    let mut expected = kernels.to_vec();
    expected.push((CLOCK.0, CLOCK.1, id("owner")));
    expected.sort_unstable();
    assert_eq!(ranges(&machine), expected);
}

#[test]
fn who_reads_a_foreign_port_dies_alone() {
    let modules = ["source", "relay", "sink", "owner", "owner thief"];
    let machine = Setup::demo().modules(&modules).boot();
    machine.wait_for_line("owner: owner reads port 0x70", LIMIT);
    let (owner, thief) = (5, 6);
    let line = killed(&machine, thief);
    assert!(line.contains("(owner)"), "{line}");
    assert!(line.contains("general protection"), "{line}");
    wait_until("the thief to be gone", LIMIT, || {
        processes(&machine).iter().all(|(id, _)| *id != thief)
    });
    let left: Vec<_> =
        processes(&machine).into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [1, 2, 3, 4, 5]);
    let clock = (CLOCK.0, CLOCK.1, owner);
    assert!(ranges(&machine).contains(&clock), "{:?}", ranges(&machine));
    let console = machine.console();
    assert!(!console.contains("where a fault was due"), "{console}");
    assert_eq!(console.matches("killed: ").count(), 1, "{console}");
}

#[test]
fn who_reads_a_port_that_nobody_has_dies_too() {
    let machine = Setup::demo().modules(&["sleeper", "owner thief"]).boot();
    let line = killed(&machine, 3);
    assert!(line.contains("general protection"), "{line}");
    wait_until("the thief to be gone", LIMIT, || {
        processes(&machine).len() == 2
    });
    assert!(!machine.console().contains("where a fault was due"));
}

/// Boots an owner that will end, and its heir; returns the machine when the
/// heir has the ports, and asserts that it did not get them before `end`.
fn succession(owner: &str, end: &str) -> Machine {
    let machine = Setup::demo().modules(&[owner, "owner heir"]).boot();
    let had = line_number(&machine, "owner: owner has ports");
    let waits = line_number(&machine, "owner: owner waits for ports");
    let clock = |process| (CLOCK.0, CLOCK.1, process);
    assert!(had < waits, "{}", machine.console());
    let inherits = line_number(&machine, "owner: owner inherits ports");
    if !end.is_empty() {
        let end = line_number(&machine, end);
        assert!((waits..inherits).contains(&end), "{}", machine.console());
    }
    let found = ranges(&machine);
    assert!(found.contains(&clock(3)), "{found:?}");
    assert!(!found.contains(&clock(2)), "{found:?}");
    machine
}

#[test]
fn the_ports_of_a_process_that_has_ended_can_be_claimed_again() {
    let machine = succession("owner guest", "");
    assert!(!machine.console().contains("killed: "));
    wait_until("it to be gone", LIMIT, || processes(&machine).len() == 2);
}

#[test]
fn the_ports_of_a_process_that_was_killed_can_be_claimed_again() {
    let machine = succession("owner mortal", "killed: process 2 (owner)");
    let console = machine.console();
    assert!(!console.contains("where a fault was due"), "{console}");
}

#[test]
fn ports_beyond_the_kernel_tss_are_refused_and_fault() {
    let machine = Setup::demo().modules(&["sleeper", "owner reach"]).boot();
    let start = "owner: owner is refused port 0x7cb8 as out of reach";
    machine.wait_for_line(start, LIMIT);
    let console = machine.console();
    assert!(console.contains("from port 0x7cb7, the last one"), "{console}");
    let line = killed(&machine, 3);
    assert!(line.contains("general protection"), "{line}");
    let console = machine.console();
    assert!(!console.contains("where a fault was due"), "{console}");
    assert!(!console.contains("panicked"), "{console}");
    // It has ended, and its claim with it.
    wait_until("it to be gone", LIMIT, || processes(&machine).len() == 2);
    let found = ranges(&machine);
    assert!(found.iter().all(|range| range.0 < 0x7000), "{found:?}");
}
