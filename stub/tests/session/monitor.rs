//! `monitor` commands.

use crate::debugger::{Debugger, GDB, unhex};
use crate::kernel::Kernel;
use fake_machine::{LONE, SHARED};

/// Returns the packet by which `words` are said to the monitor.
pub(crate) fn packet(words: &str) -> String {
    let digits = words.bytes().map(|byte| format!("{byte:02x}"));
    format!("qRcmd,{}", digits.collect::<String>())
}

/// Returns what gdb prints when `words` are said to the monitor.
pub(crate) fn monitor(gdb: &Debugger, words: &str) -> String {
    gdb.say(packet(words));
    let mut printed = String::new();
    loop {
        let reply = gdb.hear();
        match reply.strip_prefix('O') {
            Some("K") => return printed,
            Some(text) => printed += &String::from_utf8_lossy(&unhex(text)),
            None => return printed + &String::from_utf8_lossy(&unhex(&reply)),
        }
    }
}

#[test]
fn help_fits_a_terminal_and_an_unknown_command_names_it() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for help in ["help", "", "  he "] {
        let text = monitor(gdb, help);
        assert!(text.contains("monitor reset"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
    assert_eq!(
        monitor(gdb, "frobnicate 1"),
        "no command `frobnicate`: try `monitor help`\n"
    );
    let long = "x".repeat(300);
    assert!(monitor(gdb, &long).starts_with("no command"));
    assert_eq!(gdb.ask("qRcmd,6"), "E16");
    assert_eq!(gdb.ask("qRcmd,zz"), "E16");
}

/// Hears what a reset says before it.
fn hear_of_reset(gdb: &Debugger) {
    gdb.say("qRcmd,7265736574");
    let text = gdb.hear();
    let text = text.strip_prefix('O').expect("text for the console");
    assert_eq!(unhex(text), b"resetting the machine\n");
    assert_eq!(gdb.hear_silently(), "OK");
}

#[test]
fn a_reset_comes_after_its_reply_and_ends_the_session() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    hear_of_reset(gdb);
    assert_eq!(kernel.machine.state().resets, 0, "not acknowledged yet");
    gdb.line.give(b"+");
    assert_eq!(gdb.ask("g"), "", "no session");
    assert_eq!(kernel.machine.state().resets, 1);
}

#[test]
fn a_reset_waits_for_damage_to_be_mended_but_not_for_ever() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    hear_of_reset(gdb);
    gdb.line.give(b"-");
    assert_eq!(gdb.hear_silently(), "OK");
    kernel.machine.wait_us(7_000_000);
    assert_eq!(gdb.ask("g"), "", "no session");
    assert_eq!(kernel.machine.state().resets, 1);
}

#[test]
fn what_a_debugger_says_instead_of_an_acknowledgement_is_heard() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    hear_of_reset(gdb);
    assert_eq!(gdb.ask(GDB).split(';').next(), Some("PacketSize=1000"));
    assert_eq!(kernel.machine.state().resets, 1);
}

#[test]
fn a_name_may_be_cut_as_long_as_it_is_clear() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert!(monitor(gdb, "tr 0xd000000").starts_with("linear address"));
    assert!(monitor(gdb, "m").starts_with("no command `m`"), "of two tables");
    assert!(monitor(gdb, "li").contains("baud"));
}

#[test]
fn translate_tells_both_entries_and_whose_they_are() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let state = kernel.machine.state();
    let directory = state.tasks[&3].directory.0;
    let frame = state.frame_of(directory, SHARED);
    drop(state);
    let text = monitor(gdb, &format!("translate {:#x} 3", SHARED + 4));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "linear address    0x0d000004");
    assert_eq!(lines[1], "row               process space");
    assert_eq!(lines[2], "seen by           task 3 of process 2");
    assert!(lines[3].ends_with(", number 52, seen at 0x020080d0"), "{text}");
    assert_eq!(lines[4], "                  present writable user");
    assert_eq!(
        lines[5],
        format!(
            "table entry       {:#010x}, number 0, seen at 0x02034000",
            frame | 7
        )
    );
    assert_eq!(
        lines[7],
        format!("physical address  {:#010x}, in a page of 4 KiB", frame + 4)
    );
    let text = monitor(gdb, "translate 1048576 9");
    assert!(text.starts_with("usage: monitor translate ADDR [TASK]"), "{text}");
    for bad in ["translate", "translate x", "translate 1 2 3"] {
        assert_eq!(monitor(gdb, bad), text, "{bad}");
    }
    let text = monitor(gdb, "translate 0x40000000");
    assert!(text.contains("not mapped        the directory entry"), "{text}");
}

#[test]
fn link_tells_the_counters_and_what_was_refused() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let text = monitor(gdb, "link");
    assert!(text.contains("com1: 16550A\n    115200  baud\n"), "{text}");
    assert!(text.contains("         3  receiver overruns\n"), "{text}");
    assert!(text.contains("last refusal: none\n"), "{text}");
    gdb.ask("m0,1");
    let text = monitor(gdb, "link");
    assert!(text.contains("last refusal: no memory there\n"), "{text}");
}

#[test]
fn info_mem_is_qemu_s_whatever_frames_there_are() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    kernel.machine.state().protect(1, LONE);
    let lines = [
        "0000000000100000-0000000000102000 0000000000002000 urw",
        "000000000d000000-000000000d001000 0000000000001000 urw",
        "000000000d010000-000000000d011000 0000000000001000 ur-",
        "00000000fc000000-00000000fc001000 0000000000001000 urw",
        "00000000fffff000-0000000100000000 0000000000001000 urw",
    ];
    let all = lines.join("\n") + "\n";
    assert_eq!(monitor(gdb, "info mem"), all);
    let of_other = all.replace(&(lines[2].to_owned() + "\n"), "");
    assert_eq!(monitor(gdb, "info mem 3"), of_other);
    for words in ["info", "info registers", "info mem 9", "info mem 1 2"] {
        let usage = "usage: monitor info mem [TASK]\n";
        assert_eq!(monitor(gdb, words), usage);
    }
    // Many lines take several packets, and frames that do not follow each
    // other are one range.
    let mut state = kernel.machine.state();
    let directory = state.tasks[&1].directory.0;
    let frame = state.frame_of(directory, SHARED);
    for page in 0..3 {
        state.map(directory, 0x5000_0000 + 0x1000 * page, frame);
    }
    for page in 0..100 {
        state.map(directory, 0x6000_0000 + 0x2000 * page, frame);
    }
    drop(state);
    let text = monitor(gdb, "info mem");
    assert_eq!(text.lines().count(), lines.len() + 101);
    let three = "0000000050000000-0000000050003000 0000000000003000 urw\n";
    assert!(text.contains(three), "{text}");
}

#[test]
fn physical_memory_is_shown_whatever_is_mapped() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let mut state = kernel.machine.state();
    let text = b"physical memory, 0x7f\x7f";
    state.memory[0x7000..][..text.len()].copy_from_slice(text);
    drop(state);
    assert_eq!(
        monitor(gdb, "physical 0x7000 24"),
        "0x00007000  70 68 79 73 69 63 61 6c  20 6d 65 6d 6f 72 79 2c  \
         |physical memory,|\n\
         0x00007010  20 30 78 37 66 7f 00 00                           \
         | 0x7f...|\n"
    );
    assert_eq!(monitor(gdb, "physical 0x7000").lines().count(), 4);
    assert_eq!(monitor(gdb, "physical 0x7000 256").lines().count(), 16);
    let end = "0x007ffffe  00 00                                             \
               |..|\nno memory at 0x00800000\n";
    assert_eq!(monitor(gdb, "physical 0x7ffffe 4"), end);
    assert_eq!(
        monitor(gdb, "physical 0xffffffff"),
        "no memory at 0xffffffff\n"
    );
    for words in ["physical", "physical x", "physical 0 257", "physical 0 1 2"]
    {
        let usage = "usage: monitor physical ADDR [LEN]\n";
        assert_eq!(monitor(gdb, words), usage);
    }
}
