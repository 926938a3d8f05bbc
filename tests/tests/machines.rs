//! The same kernel boots from an image, in QEMU and in Bochs, and both
//! debuggers do the same there.
//!
//! Bochs has another UART, whose line runs at its real speed, and another
//! processor; and its own debugger is another witness.

use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self, address};
use tests::machine::{Machine, Setup};
use tests::scenes::session;
use tests::scenes::ticks;

#[test]
fn an_image_boots_in_qemu_and_both_debuggers_work_there() {
    let mut machine = Setup::demo().from_image().boot();
    assert_both_debuggers_work(&mut machine);
}

#[test]
fn the_same_image_boots_in_bochs_and_both_debuggers_work_there() {
    let mut machine = Setup::demo().in_bochs().boot();
    assert_both_debuggers_work(&mut machine);
}

fn assert_both_debuggers_work(machine: &mut Machine) {
    let tasks = host_cli::whole_demo(machine.endpoint());
    ticks::wait_for(machine, 1);
    assert_info_is_right(machine);
    // Twice: a gdb that has left does not get in the way of the next.
    for _ in 0..2 {
        let mut gdb = Gdb::start(&artifacts::kernel());
        let target = machine.endpoint().for_gdb();
        let programs = artifacts::directory().display().to_string();
        let names = [("target", &*target), ("programs", &*programs)];
        let transcript = include_str!("sessions/machine.txt");
        session::run(&mut gdb, transcript, &names, || {
            ticks::wait_for(machine, 1);
        });
    }
    ticks::wait_for(machine, 1);
    for task in [&tasks[2], &tasks[7]] {
        assert_translations_are_the_emulators(machine, task);
    }
    assert_memory_is_the_emulators(machine);
}

fn assert_info_is_right(machine: &Machine) {
    let answer = host_cli::json(machine.endpoint(), &["info"]);
    assert_eq!(answer.json["running"], true, "{answer:?}");
    assert_eq!(answer.member("link")["port"], "com1", "{answer:?}");
    assert_eq!(answer.member("link")["uart"], "16550A", "{answer:?}");
    assert_eq!(answer.member("link")["baud"], 115_200, "{answer:?}");
    assert_eq!(answer.member("link")["naks"], 0, "{answer:?}");
}

/// What a task maps where, as its page tables in memory say.
fn assert_translations_are_the_emulators(
    machine: &mut Machine,
    task: &serde_json::Value,
) {
    const FRAME: u32 = !0xFFF;
    let id = task["id"].to_string();
    let cr3 = address(&task["cr3"]);
    let regions =
        host_cli::json(machine.endpoint(), &["regions", "--task", &id]);
    // The stack at the end of process space, the tables, global data.
    for row in ["page tables", "global kernel data", "process data"] {
        let region = regions.rows("regions").iter();
        let region = region.clone().find(|region| region["row"] == row);
        let region = region.unwrap_or_else(|| panic!("no {row}"));
        let start = address(&region["start"]);
        let text = format!("{start:#x}");
        let answer = host_cli::json(
            machine.endpoint(),
            &["translate", &text, "--task", &id],
        );
        let translation = answer.member("translation");
        let pde = machine.monitor.word(cr3 + (start >> 22) * 4);
        let at = (pde & FRAME) + (start >> 12 & 0x3FF) * 4;
        let pte = machine.monitor.word(at);
        assert_eq!(address(&translation["physical"]), pte & FRAME, "{row}");
        assert_eq!(address(&region["physical"]), pte & FRAME, "{row}");
        let shown = &translation["pte"];
        // Accessed and dirty bits may have been set meanwhile.
        let differ = (address(&shown["value"]) ^ pte) & !0x60;
        assert_eq!(differ, 0, "{pte:#x}: {shown}");
    }
}

fn assert_memory_is_the_emulators(machine: &mut Machine) {
    const TEXT: u32 = 0x0010_0000;
    let answer =
        host_cli::json(machine.endpoint(), &["read", "0x00100000", "64"]);
    let data = answer.member("read")["data"].as_str().unwrap_or_default();
    let words = (0..16).map(|word| machine.monitor.word(TEXT + word * 4));
    let seen: String =
        words.map(|word| format!("{:08x}", word.swap_bytes())).collect();
    assert_eq!(data, seen);
}
