//! What the kernel says of its page tables is what its memory holds.
//!
//! The witness walks the page tables itself, in dumps of physical memory
//! that QEMU takes right before and right after each answer.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::clients::host_cli::{self, address};
use tests::host::random::Random;
use tests::machine::walk::{Mapping, Memory};
use tests::machine::{Machine, Setup};
use tests::scenes::{attached, goes_on, in_a_system_call};

/// The specification's two tables, written down a second time on purpose: as
/// in the contract, and from nothing that the system is built from.
const ROWS: [(u32, u32, &str); 15] = [
    (0x0000_1000, 0x0000_1fff, "process page directory"),
    (0x0000_2000, 0x0000_2fff, "exception TSSes"),
    (0x0000_8000, 0x0000_9fff, "temporary window"),
    (0x0000_a000, 0x0000_afff, "kernel TSS"),
    (0x0000_b000, 0x0000_bfff, "GDT and IDT"),
    (0x0010_0000, 0x002f_ffff, "kernel"),
    (0x0030_0000, 0x003f_ffff, "create window"),
    (0x0040_0000, 0x01ff_ffff, "allocation structures"),
    (0x0200_0000, 0x023f_ffff, "page tables"),
    (0x0240_0000, 0x027f_ffff, "process data"),
    (0x0280_0000, 0x04ff_ffff, "global allocator structures"),
    (0x0500_0000, 0x0cff_ffff, "global kernel data"),
    (0x0d00_0000, 0xfbff_ffff, "process space"),
    (0xfc00_0000, 0xfc00_0fff, "kernel stack (PL0)"),
    (0xfc00_1000, 0xffff_ffff, "process stack"),
];

/// Accessed and dirty: the processor sets them at any time.
const VOLATILE_BITS: u32 = 1 << 5 | 1 << 6;

/// The tasks, by id, with their page directories.
fn directories(machine: &Machine) -> BTreeMap<u64, u32> {
    host_cli::whole_demo(machine.endpoint())
        .iter()
        .map(|task| (number(&task["id"]), address(&task["cr3"])))
        .collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| panic!("{value} is no truth"))
}

fn row_of(page: u32) -> Option<&'static str> {
    let row = ROWS.iter().find(|row| (row.0..=row.1).contains(&page));
    row.map(|row| row.2)
}

/// Returns whether what is mapped there may come and go between two dumps,
/// which then agree and have both missed it.
fn is_brief(page: u32) -> bool {
    matches!(row_of(page), Some("temporary window" | "create window"))
}

#[test]
fn regions_of_every_task_are_what_its_page_tables_hold() {
    let mut machine = Setup::demo().boot();
    let tasks = directories(&machine);
    let before = machine.dump();
    let answer = host_cli::json(machine.endpoint(), &["regions", "--all"]);
    let after = machine.dump();
    assert_eq!(tasks, directories(&machine), "no task comes or goes");

    let told = pages_by_task(answer.rows("regions"));
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        tasks.keys().collect::<Vec<_>>(),
        "every task has regions"
    );
    for (task, cr3) in &tasks {
        let witnesses = [before.mappings(*cr3), after.mappings(*cr3)];
        let compared = compare(*task, &told[task], &witnesses);
        assert!(compared > 100, "task {task}: {compared} pages compared");
    }
}

#[test]
fn regions_of_a_stopped_system_are_every_page_and_no_other() {
    let mut machine = Setup::demo().boot();
    in_a_system_call(&machine).crash();
    let memory = machine.dump();
    let answer = host_cli::json(machine.endpoint(), &["regions", "--all"]);
    let told = pages_by_task(answer.rows("regions"));
    for (task, cr3) in directories(&machine) {
        assert_eq!(told[&task], memory.mappings(cr3), "task {task}");
    }
    goes_on(attached(&machine), &machine, &[]);
}

#[test]
fn info_mem_is_what_each_task_s_tables_hold_as_qemu_prints_it() {
    let mut machine = Setup::demo().boot();
    let tasks = directories(&machine);
    let mut gdb = in_a_system_call(&machine);
    let memory = machine.dump();
    for (task, cr3) in &tasks {
        let told = gdb.command(&format!("monitor info mem {task}"));
        let held = ranges(&memory.mappings(*cr3));
        assert_eq!(told.trim(), held.trim(), "task {task}");
    }
    // QEMU knows only the directory that is loaded, which is the stub's.
    let registers = machine.monitor.command("info registers");
    let (_, cr3) = registers.split_once("CR3=").expect("it has one");
    let cr3 = u32::from_str_radix(&cr3[..8], 16).expect("a number");
    let held = ranges(&machine.dump().mappings(cr3));
    let qemus = machine.monitor.command("info mem").replace('\r', "");
    assert_eq!(held.trim(), qemus.trim(), "this is how QEMU prints");
    gdb.command("detach");
}

/// The rows that are there only at times, or only in some tasks: the kernel's own
/// have no process stack, and nothing in process space that a program has put
/// there.
fn is_lasting(row: &str, of_kernel: bool) -> bool {
    match row {
        "temporary window" | "create window" => false,
        "process stack" | "process space" => !of_kernel,
        _ => true,
    }
}

/// Each lasting row of the specification is present in each task, where the
/// processor finds it: QEMU's `info tlb` has the pages of the task that runs.
#[test]
fn every_lasting_row_is_present_in_every_task() {
    let mut machine = Setup::demo().boot();
    let tasks = host_cli::whole_demo(machine.endpoint());
    let memory = machine.dump();
    for task in &tasks {
        let of_kernel = task["process"] == 1;
        let pages = memory.mappings(address(&task["cr3"]));
        for (start, last, row) in ROWS {
            let is_there = pages.range(start..=last).next().is_some();
            let expected = is_lasting(row, of_kernel);
            assert!(is_there || !expected, "{row} in task {}", task["id"]);
        }
    }
    // A task that is in its program: the processor has its directory loaded.
    let mut runs = None;
    for _ in 0..1000 {
        machine.monitor.stop();
        let registers = machine.monitor.command("info registers");
        if registers.contains("CPL=3") {
            runs = Some(registers);
            break;
        }
        machine.monitor.cont();
    }
    let registers = runs.expect("a task runs in its program at times");
    let tlb = machine.monitor.command("info tlb").replace('\r', "");
    machine.monitor.cont();
    let present: BTreeSet<u32> = tlb
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .filter_map(|(page, _)| u64::from_str_radix(page, 16).ok())
        .filter_map(|page| u32::try_from(page).ok())
        .collect();
    for (start, last, row) in ROWS {
        let is_there = present.range(start..=last).next().is_some();
        assert!(is_there || !is_lasting(row, false), "{row} in {tlb}");
    }
    // The processor's own tables are where the specification has them.
    for (name, expected) in [("GDT=", "0000b000"), ("IDT=", "0000b800")] {
        let (_, rest) = registers.split_once(name).expect(name);
        assert!(rest.trim_start().starts_with(expected), "{name}{rest}");
    }
    let (_, tr) = registers.split_once("TR =").expect("TR");
    let base = tr.split_whitespace().nth(1).expect("a base");
    assert_eq!(base, "0000a000", "the kernel TSS");
}

/// Returns the lines in which QEMU's monitor would tell these pages.
fn ranges(pages: &BTreeMap<u32, Mapping>) -> String {
    let mut lines: Vec<(u64, u64, [bool; 2])> = Vec::new();
    for (page, Mapping { user, writable, .. }) in pages {
        let (start, rights) = (u64::from(*page), [*user, *writable]);
        match lines.last_mut() {
            Some(last) if last.1 == start && last.2 == rights => {
                last.1 += 0x1000;
            }
            _ => lines.push((start, start + 0x1000, rights)),
        }
    }
    let line = |(start, end, [user, writable]): &(u64, u64, [bool; 2])| {
        let size = end - start;
        let user = if *user { 'u' } else { '-' };
        let writable = if *writable { 'w' } else { '-' };
        format!("{start:016x}-{end:016x} {size:016x} {user}r{writable}\n")
    };
    lines.iter().map(line).collect()
}

/// Compares the answer about a task's pages with what two walks found, except
/// for pages on which the walks differ; returns how many were compared.
fn compare(
    task: u64,
    told: &BTreeMap<u32, Mapping>,
    [before, after]: &[BTreeMap<u32, Mapping>; 2],
) -> usize {
    let pages: BTreeSet<u32> =
        told.keys().chain(before.keys()).chain(after.keys()).copied().collect();
    let (still, changed): (Vec<_>, Vec<_>) =
        pages.into_iter().partition(|page| before.get(page) == after.get(page));
    for page in still.iter().filter(|page| !is_brief(**page)) {
        assert_eq!(
            told.get(page),
            before.get(page),
            "task {task}, page {page:#010x}: told, and walked"
        );
    }
    // A system that runs allocates, but not all the time.
    assert!(
        changed.len() * 10 < still.len(),
        "task {task}: {} pages changed: {changed:x?}",
        changed.len()
    );
    still.len()
}

/// Splits regions into pages, and checks the regions themselves.
fn pages_by_task(regions: &[Value]) -> BTreeMap<u64, BTreeMap<u32, Mapping>> {
    let mut tasks: BTreeMap<u64, BTreeMap<u32, Mapping>> = BTreeMap::new();
    let mut previous: Option<&Value> = None;
    for region in regions {
        let (start, last) =
            (address(&region["start"]), address(&region["last"]));
        let physical = address(&region["physical"]);
        let pages = number(&region["pages"]);
        assert_eq!(start & 0xfff, 0, "{region}");
        assert_eq!(u64::from(last - start) + 1, pages * 4096, "{region}");
        if let Some(row) = row_of(start) {
            assert_eq!(region["row"], row, "{region}");
            assert_eq!(row_of(last), Some(row), "{region}");
        }
        if let Some(previous) = previous {
            assert!(!continues(previous, region), "{previous} {region}");
        }
        previous = Some(region);

        let task = tasks.entry(number(&region["task"])).or_default();
        for offset in (0..pages).map(|page| page as u32 * 4096) {
            let mapping = Mapping {
                frame: physical + offset,
                writable: truth(&region["writable"]),
                user: truth(&region["user"]),
            };
            let twice = task.insert(start + offset, mapping);
            assert!(twice.is_none(), "a page told twice: {region}");
        }
    }
    tasks
}

/// Returns whether `next` should have been part of `region`.
fn continues(region: &Value, next: &Value) -> bool {
    let equal = ["task", "row", "writable", "user"]
        .iter()
        .all(|member| region[member] == next[member]);
    let bytes = (number(&region["pages"]) * 4096) as u32;
    let follows = |member: &str, bytes| {
        address(&region[member]).wrapping_add(bytes) == address(&next[member])
    };
    equal && follows("start", bytes) && follows("physical", bytes)
}

#[test]
fn a_thousand_random_addresses_translate_as_the_page_tables_say() {
    const BATCHES: u32 = 10;
    const ADDRESSES_PER_BATCH: u32 = 100;
    let mut machine = Setup::demo().boot();
    let tasks: Vec<_> = directories(&machine).into_iter().collect();
    let mut random = Random::new(0x5701_3614);
    let (mut compared, mut mapped) = (0, 0);
    for _ in 0..BATCHES {
        let before = machine.dump();
        let asked: Vec<_> = (0..ADDRESSES_PER_BATCH)
            .map(|_| {
                let (task, cr3) = *random.choose(&tasks);
                let address = random_address(&mut random, &before, cr3);
                let answer = translate(&machine, task, address);
                (task, cr3, address, answer)
            })
            .collect();
        let after = machine.dump();
        for (task, cr3, address, answer) in asked {
            let walked = look(&before, cr3, address);
            if is_brief(address) || walked != look(&after, cr3, address) {
                continue;
            }
            let what = format!("task {task}, address {address:#010x}");
            assert_eq!(told(&answer), walked, "{what}: {answer}");
            compared += 1;
            mapped += u32::from(walked.physical.is_some());
        }
    }
    let all = BATCHES * ADDRESSES_PER_BATCH;
    assert!(compared * 10 > all * 9, "{compared} of {all} compared");
    assert!(mapped * 4 > all, "{mapped} of {all} mapped");
}

/// Half of the addresses are random, half are in mapped pages.
fn random_address(random: &mut Random, memory: &Memory, cr3: u32) -> u32 {
    if random.bits() & 1 == 0 {
        return random.bits();
    }
    let pages: Vec<_> = memory.mappings(cr3).into_keys().collect();
    *random.choose(&pages) | random.bits() & 0xfff
}

fn translate(machine: &Machine, task: u64, address: u32) -> Value {
    let address = format!("{address:#010x}");
    let task = task.to_string();
    let arguments = ["translate", &address, "--task", &task];
    let answer = host_cli::json(machine.endpoint(), &arguments);
    let translation = answer.json["translation"].clone();
    let is_mapped = truth(&translation["mapped"]);
    assert_eq!(answer.code, i32::from(!is_mapped), "{translation}");
    assert_eq!(answer.json["error"], Value::Null, "{translation}");
    assert_eq!(translation["address"], *address);
    assert_eq!(number(&translation["task"]).to_string(), task);
    translation
}

/// The result of a translation.
#[derive(PartialEq, Eq, Debug)]
struct Found {
    physical: Option<u32>,
    directory: u32,
    table: Option<u32>,
}

fn look(memory: &Memory, cr3: u32, address: u32) -> Found {
    let entries = memory.entries(cr3, address);
    let mapping = memory.mapping(cr3, address);
    Found {
        physical: mapping.map(|mapping| mapping.frame | address & 0xfff),
        directory: entries.directory & !VOLATILE_BITS,
        table: entries.table.map(|table| table & !VOLATILE_BITS),
    }
}

fn told(translation: &Value) -> Found {
    let optional = |value: &Value| (!value.is_null()).then(|| address(value));
    Found {
        physical: optional(&translation["physical"]),
        directory: address(&translation["pde"]["value"]) & !VOLATILE_BITS,
        table: optional(&translation["pte"]["value"])
            .map(|table| table & !VOLATILE_BITS),
    }
}
