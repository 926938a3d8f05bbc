//! Registers and memory, by task.

use crate::debugger::{GDB, unhex};
use crate::kernel::Kernel;
use crate::monitor::monitor;
use fake_machine::{KERNEL, LAST, LONE, SHARED, STACK, STUB_CODE};

#[test]
fn registers_are_those_of_the_selected_task() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for task in [1_u32, 3, 2] {
        assert_eq!(gdb.ask(format!("Hgp1.{task:x}")), "OK");
        let all = gdb.ask("g");
        let (general, float) = all.split_at(128);
        for (index, word) in unhex(general).chunks(4).enumerate() {
            let value = u32::from_le_bytes(word.try_into().unwrap());
            assert_eq!(value, task << 16 | index as u32);
        }
        // None has used the x87 unit.
        let words = "7f03000000000000ffff0000";
        let (numbers, rest) = float.split_at(2 * 8 * 10);
        assert_eq!(numbers, "0".repeat(2 * 8 * 10));
        assert_eq!(rest, format!("{words:0<64}"));
        assert_eq!(gdb.ask("p8"), format!("08000{task}00"));
    }
    assert_eq!(gdb.ask("p10"), "0".repeat(20));
    assert_eq!(gdb.ask("p29"), "11000180");
    assert_eq!(gdb.ask("p35"), "E16");
    assert_eq!(gdb.ask("Hg9"), "E03");
}

#[test]
fn registers_can_be_changed_one_by_one_and_all_at_once() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask("Hg2");
    assert_eq!(gdb.ask("P0=78563412"), "OK");
    assert_eq!(kernel.machine.state().tasks[&2].registers[0], 0x1234_5678);
    assert!(gdb.ask("P29=00000000").starts_with('E'), "cr0");
    // After a call of a function gdb puts back what it has saved.
    for number in 0x29..=0x34 {
        let saved = gdb.ask(format!("p{number:x}"));
        assert_eq!(gdb.ask(format!("P{number:x}={saved}")), "OK");
    }
    let all = gdb.ask("g").replace('x', "0");
    let changed = format!("{}{}", "11111111", &all[8..]);
    assert_eq!(gdb.ask(format!("G{changed}")), "OK");
    assert_eq!(kernel.machine.state().tasks[&2].registers[0], 0x1111_1111);
    assert_eq!(kernel.machine.state().tasks[&2].registers[8], 0x0002_0008);
}

#[test]
fn memory_is_that_of_the_selected_task() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for (task, process) in [(1, 1), (2, 1), (3, 2)] {
        gdb.ask(format!("Hg{task}"));
        assert_eq!(gdb.ask(format!("m{STACK:x},1")), format!("0{task}"));
        let want: Vec<_> =
            (0..0x800).map(|i: u32| (i * 7 + process) as u8).collect();
        assert_eq!(unhex(&gdb.ask(format!("m{SHARED:x},800"))), want);
        // More than fits is cut, which RSP allows.
        assert_eq!(unhex(&gdb.ask(format!("m{SHARED:x},800"))), want);
    }
}

#[test]
fn a_read_ends_at_a_hole_and_fails_inside_one() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("m{:x},10", LONE + 0xFFC)), "55555555");
    assert_eq!(gdb.ask(format!("m{:x},10", LONE + 0x1000)), "E0e");
    assert_eq!(gdb.ask("m0,4"), "E0e");
    assert_eq!(gdb.ask(format!("m{LONE:x},0")), "");
    assert_eq!(gdb.ask("mfffffffc,4"), "00000000");
    assert_eq!(gdb.ask("mfffffffc,5"), "E0e", "it would wrap around");
    assert_eq!(gdb.ask(format!("m{LAST:x},1")), "01");
}

#[test]
fn writes_are_all_or_nothing() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask(format!("M{SHARED:x},3:0a0b0c")), "OK");
    assert_eq!(gdb.ask(format!("X{:x},1:}}\x03", SHARED + 3)), "OK");
    assert_eq!(gdb.ask(format!("X{SHARED:x},0:")), "OK", "a probe");
    assert_eq!(gdb.ask(format!("m{SHARED:x},4")), "0a0b0c23");
    assert_eq!(kernel.machine.byte(2, SHARED + 1), 0x0B, "a sibling's too");
    assert_ne!(kernel.machine.byte(3, SHARED + 1), 0x0B);
    let edge = LONE + 0xFFF;
    assert_eq!(gdb.ask(format!("M{edge:x},2:0102")), "E0e");
    assert_eq!(gdb.ask(format!("m{edge:x},1")), "55");
    assert_eq!(gdb.ask(format!("M{KERNEL:x},1:77")), "OK");
    assert_eq!(kernel.machine.byte(3, KERNEL), 0x77);
}

#[test]
fn a_write_crosses_a_page() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let edge = KERNEL + 0xFFE;
    assert_eq!(gdb.ask(format!("M{edge:x},4:01020304")), "OK");
    assert_eq!(gdb.ask(format!("m{edge:x},4")), "01020304");
}

#[test]
fn a_thread_is_alive_while_its_task_exists() {
    let kernel = Kernel::attached();
    assert_eq!(kernel.debugger.ask("Tp1.3"), "OK");
    kernel.machine.state().tasks.remove(&3);
    assert!(kernel.debugger.ask("Tp1.3").starts_with('E'));
    // gdb takes any reply to this for a description.
    let reply = kernel.debugger.ask("qThreadExtraInfo,p1.3");
    assert_eq!(unhex(&reply), b"no such task");
}

#[test]
fn a_read_only_page_keeps_what_it_has_unless_the_user_wants_otherwise() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().protect(1, LONE);
    let write = format!("M{:x},2:0102", LONE - 1 + 0x1000);
    let inside = format!("X{LONE:x},1:z");
    assert_eq!(gdb.ask(&inside), "E1e");
    assert_eq!(kernel.machine.byte(1, LONE), 0x55);
    let text = monitor(gdb, "link");
    let reason = "the page is read-only; `monitor write-protect off`";
    assert!(text.contains(reason), "{text}");
    // A breakpoint is no write of the program's memory.
    assert_eq!(gdb.ask(format!("Z0,{LONE:x},1")), "OK");
    assert_eq!(kernel.machine.byte(1, LONE), 0xCC);

    let text = monitor(gdb, "write-protect off");
    assert_eq!(text, "writes to read-only pages are allowed\n");
    assert_eq!(gdb.ask(&inside), "OK");
    assert_eq!(gdb.ask(format!("m{LONE:x},1")), "7a");
    assert_eq!(gdb.ask(&write), "E0e", "all or nothing");
    assert!(monitor(gdb, "write-protect").starts_with("usage: "));
    monitor(gdb, "write-protect on");
    assert_eq!(gdb.ask(&inside), "E1e");
    // Who comes next is protected anew.
    monitor(gdb, "write-protect off");
    gdb.ask(GDB);
    assert_eq!(gdb.ask(&inside), "E1e");
}

#[test]
fn reasons_are_told_to_whoever_takes_them() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().can_step = false;
    let step = "E.this task cannot be stepped or changed now";
    assert_eq!(gdb.ask("vCont;s:p1.1"), step, "gdb 13 prints it");
    assert_eq!(gdb.ask("P29=00000000"), "E.not supported");
    // This it would take for data.
    assert_eq!(gdb.ask("m0,4"), "E0e");
    let features = gdb.ask(format!("{GDB};error-message+"));
    assert!(features.contains(";error-message+"), "{features}");
    assert_eq!(gdb.ask("m0,4"), "E.no memory there");
    assert_eq!(
        gdb.ask(format!("Z0,{STUB_CODE:x},1")),
        "E.the stub itself executes that code"
    );
}

#[test]
fn addresses_are_physical_where_the_debugger_wants_that() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask("qqemu.Supported"), "PhyMemMode");
    assert_eq!(gdb.ask("qqemu.sstep"), "");
    assert_eq!(gdb.ask("qqemu.PhyMemMode"), "0");
    assert_eq!(gdb.ask("m7000,1"), "E0e", "not mapped");
    assert_eq!(gdb.ask("Qqemu.PhyMemMode:"), "E16");
    assert_eq!(gdb.ask("Qqemu.PhyMemMode:1"), "OK");
    assert_eq!(gdb.ask("qqemu.PhyMemMode"), "1");
    assert_eq!(gdb.ask("M7000,2:1234"), "OK");
    assert_eq!(kernel.machine.state().memory[0x7000..][..2], [0x12, 0x34]);
    assert_eq!(gdb.ask("m7000,2"), "1234");
    assert_eq!(gdb.ask("qSearch:memory:6000;2000;\x12\x34"), "1,7000");
    assert_eq!(gdb.ask("m800000,1"), "E0e");
    // Breakpoints are where code runs.
    assert_eq!(gdb.ask(format!("Z0,{LONE:x},1")), "OK");
    assert_eq!(kernel.machine.byte(1, LONE), 0xCC);
    assert_eq!(gdb.ask("Qqemu.PhyMemMode:0"), "OK");
    assert_eq!(gdb.ask("m7000,1"), "E0e");
    gdb.ask("Qqemu.PhyMemMode:1");
    gdb.ask(GDB);
    assert_eq!(gdb.ask("qqemu.PhyMemMode"), "0", "each says so itself");
}
