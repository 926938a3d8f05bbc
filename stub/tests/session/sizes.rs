//! Machines that have less than everything: what they have works, and what
//! they lack gets the right no.

use crate::debugger::Debugger;
use crate::monitor::monitor;
use crate::queries::Bench;
use crate::smallest::{attached, does_what_every_machine_can};
use crate::tables::osdata;
use fake_machine::size::{
    Smallest, WithDebugRegisters, WithPaging, WithTables, WithTasks,
};
use fake_machine::{KERNEL, SHARED};
use layout::VirtAddr;
use stub::embed::{HitAction, Stop};
use wire::query::{Query, Space, Status};
use wire::rows::Table;

/// The memory that the debugger sees is the physical one.
fn sees_physical_memory(gdb: &Debugger) {
    assert_eq!(gdb.ask(format!("m{SHARED:x},1")), "E0e", "no memory there");
    assert_eq!(
        monitor(gdb, "translate 0x1000"),
        "without paging a linear address is physical\n"
    );
    assert_eq!(monitor(gdb, "regions"), "this kernel has no such table\n");
}

fn has_no_debug_registers(gdb: &Debugger, features: &str) {
    assert!(!features.contains("hwbreak+"), "{features}");
    for kind in 1..=4 {
        assert_eq!(gdb.ask(format!("Z{kind},{KERNEL:x},1")), "");
        assert_eq!(gdb.ask(format!("z{kind},{KERNEL:x},1")), "");
    }
}

fn has_one_task(gdb: &Debugger) {
    assert_eq!(gdb.ask("qfThreadInfo"), "m1");
    assert_eq!(gdb.ask("qsThreadInfo"), "l");
    assert_eq!(gdb.ask("T1"), "OK");
    assert_eq!(gdb.ask("T2"), "E03");
    assert_eq!(gdb.ask("Hg2"), "E03");
    assert_eq!(gdb.ask("qThreadExtraInfo,1"), "");
}

fn has_no_tables(gdb: &Debugger) {
    assert_eq!(osdata(gdb, "processes", 0xFFB), "");
    assert!(!osdata(gdb, "", 0xFFB).contains("processes"));
    assert!(!monitor(gdb, "help").contains("processes"));
    assert_eq!(monitor(gdb, "processes"), "this kernel has no such table\n");
}

#[test]
fn memory_and_registers_are_enough() {
    let (kernel, features) = does_what_every_machine_can::<Smallest>();
    let gdb = &kernel.debugger;
    assert!(!features.contains("osdata"), "{features}");
    sees_physical_memory(gdb);
    has_no_debug_registers(gdb, &features);
    has_one_task(gdb);
    has_no_tables(gdb);
    assert_eq!(monitor(gdb, "reset"), "this machine cannot be reset\n");
}

/// Time is needed to end what takes too long.
#[test]
fn without_a_clock_nothing_waits_for_ever() {
    let (kernel, _) = attached::<Smallest>();
    let gdb = &kernel.debugger;
    // Never acknowledged.
    gdb.say("g");
    gdb.hear_silently();
    assert!(gdb.ask(format!("qCRC:{KERNEL:x},1000")).starts_with('C'));
    let from = KERNEL;
    let wanted = format!("qSearch:memory:{from:x};1000;never there");
    assert_eq!(gdb.ask(wanted), "0");
}

#[test]
fn host_cli_gets_what_there_is_while_the_system_runs() {
    let mut bench = Bench::<Smallest>::sized();
    let space = Space::Current;
    let hello = bench.ask(Query::Hello);
    assert_eq!(hello.head.status, Status::Answered);
    assert_eq!((hello.head.task, hello.head.process), (1, 1));
    assert_eq!(hello.trailer.pause_us, 0, "nobody knows");
    let address = VirtAddr(KERNEL);
    let len_bytes = 16;
    let read = Query::Read { space, address: address.0, len_bytes };
    assert_eq!(bench.ask(read).body.len(), 16);
    for lacking in [
        Query::Rows { table: Table::Processes, of: 0, from: 0 },
        Query::Translate { space, address },
        Query::Regions { space, from: address },
    ] {
        let reply = bench.ask(lacking);
        assert_eq!(reply.head.status, Status::Unsupported, "{lacking:?}");
    }
    let other = bench.ask(Query::Registers { task: Some(2) });
    assert_eq!(other.head.status, Status::NoSuchTask);
}

#[test]
fn page_tables_give_each_address_its_meaning() {
    let (kernel, features) = does_what_every_machine_can::<WithPaging>();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("m{SHARED:x},2")), "0108");
    let text = monitor(gdb, &format!("translate {SHARED:#x}"));
    assert!(text.contains("physical address"), "{text}");
    let regions = osdata(gdb, "regions", 0xFFB);
    assert!(regions.contains("0x0d000000"), "{regions}");
    has_no_debug_registers(gdb, &features);
    has_one_task(gdb);
    has_no_tables(gdb);
}

#[test]
fn debug_registers_hold_breakpoints() {
    let (kernel, features) =
        does_what_every_machine_can::<WithDebugRegisters>();
    let gdb = &kernel.debugger;
    assert!(features.contains(";hwbreak+"), "{features}");
    assert_eq!(gdb.ask(format!("Z1,{KERNEL:x},1")), "OK");
    assert_eq!(gdb.ask(format!("Z2,{KERNEL:x},4")), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.trap_at(KERNEL, Stop::DebugRegister { hits: 1 });
    assert!(gdb.hear().starts_with("T05thread:1;hwbreak:;"));
    assert_eq!(gdb.ask(format!("z1,{KERNEL:x},1")), "OK");
    sees_physical_memory(gdb);
    has_one_task(gdb);
    has_no_tables(gdb);
}

#[test]
fn several_tasks_are_threads() {
    let (kernel, features) = does_what_every_machine_can::<WithTasks>();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask("qfThreadInfo"), "m1,2,3");
    assert_eq!(gdb.ask("Hg3"), "OK");
    assert!(!gdb.ask("g").starts_with("78563412"), "another's registers");
    assert_ne!(gdb.ask("qThreadExtraInfo,2"), "");
    // A breakpoint that another process' task runs into is passed.
    assert_eq!(gdb.ask("Hg1"), "OK");
    assert_eq!(gdb.ask(format!("Z0,{KERNEL:x},1")), "OK");
    gdb.say("vCont;c");
    kernel.resumed();
    kernel.machine.state().current = 3;
    kernel.trap_at(KERNEL + 1, Stop::Breakpoint);
    assert_eq!(kernel.hit_action(), HitAction::Continue);
    gdb.line.give(b"\x03");
    assert!(gdb.hear().starts_with("T02thread:3;"));
    sees_physical_memory(gdb);
    has_no_debug_registers(gdb, &features);
    has_no_tables(gdb);
}

#[test]
fn tables_need_nothing_else() {
    let (kernel, features) = does_what_every_machine_can::<WithTables>();
    let gdb = &kernel.debugger;
    assert!(features.contains(";qXfer:osdata:read+"), "{features}");
    let processes = osdata(gdb, "processes", 0xFFB);
    assert!(processes.matches("<item>").count() > 10, "{processes}");
    assert!(monitor(gdb, "help").contains("monitor processes"));
    assert_eq!(monitor(gdb, "ports"), "this kernel has no such table\n");
    sees_physical_memory(gdb);
    has_no_debug_registers(gdb, &features);
    has_one_task(gdb);
}
