//! `monitor` commands.

use crate::debugger::{Debugger, GDB, unhex};
use crate::kernel::Kernel;

/// Returns what gdb prints when `words` are said to the monitor.
fn monitor(gdb: &Debugger, words: &str) -> String {
    let digits: String =
        words.bytes().map(|byte| format!("{byte:02x}")).collect();
    gdb.say(format!("qRcmd,{digits}"));
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
    assert_eq!(unhex(text), b"the machine starts anew\n");
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
