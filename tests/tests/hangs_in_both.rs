//! A kernel that hangs with interrupts off, in QEMU and in Bochs, which has
//! no button for non-maskable interrupts.
//!
//! So the machine's I/O APIC delivers the serial port's interrupt as one:
//! then Ctrl-C alone breaks in.

use std::time::Duration;
use tests::clients::gdb::Gdb;
use tests::host::deadline::wait_until;
use tests::machine::Setup;
use tests::scenes::ticks;
use tests::scenes::{by_host_cli, goes_on, in_a_system_call, unused_stack};

const LIMIT: Duration = Duration::from_secs(60);

/// An unused page, and its entry in the page-table window.
const WINDOW: u32 = 0x7000;
const ENTRY: u32 = 0x0200_0000 + 4 * (WINDOW >> 12);
/// Where every PC has its I/O APIC: present, writable and not cached.
const IO_APIC: u32 = 0xFEC0_0013;
/// The low half of its entry for COM1's interrupt, number 4.
const REDIRECTION: u32 = 0x10 + 2 * 4;
/// To deliver it to the first processor as an NMI, or not at all.
const AS_NMI: u32 = 0x400;
const NOT_AT_ALL: u32 = 0x1_0000;

#[test]
fn ctrl_c_breaks_into_a_hang_in_qemu_where_it_is_an_nmi() {
    break_into_a_hang(&Setup::demo());
}

#[test]
fn ctrl_c_breaks_into_a_hang_in_bochs_where_it_is_an_nmi() {
    break_into_a_hang(&Setup::demo().in_bochs());
}

fn break_into_a_hang(setup: &Setup) {
    let mut machine = setup.boot();
    // An unused stack holds its counter, and its own stack the code, where
    // gdb does not take it for a part of the kernel.
    let counter = unused_stack();
    let mut gdb = in_a_system_call(&machine);
    let code = gdb.number("((unsigned)$esp - 256) & ~15");
    let back = gdb.number("(unsigned)$eip");
    assert_eq!(gdb.number("$eflags & 0x200"), 0, "interrupts are off");
    gdb.command(&format!("set var *(unsigned *){ENTRY:#x} = {IO_APIC:#x}"));
    let round = write(&mut gdb, code, &redirect(AS_NMI));
    write(&mut gdb, round, &count_for_ever(counter));
    gdb.command(&format!("set $eip = {code:#x}"));
    gdb.send("continue");
    gdb.wait_until_continuing();
    let first = machine.monitor.word(counter);
    wait_until("the hang", LIMIT, || machine.monitor.word(counter) != first);
    let ticks = ticks::address();
    let tick = machine.monitor.word(ticks);
    let first = machine.monitor.word(counter);
    wait_until("more of it", LIMIT, || machine.monitor.word(counter) != first);
    assert_eq!(machine.monitor.word(ticks), tick, "no interrupt comes");
    gdb.interrupt();
    let stop = gdb.answer();
    assert!(stop.contains("SIGINT"), "{stop}");
    let eip = gdb.number("(unsigned)$eip");
    assert!((round..round + 8).contains(&eip), "{eip:#x} is where it hangs");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("interrupt_entered"), "{calls}");
    let mut gdb = by_host_cli(gdb, &machine);
    // What has arrived meanwhile may have left an NMI pending.
    let end = write(&mut gdb, code, &redirect(NOT_AT_ALL));
    gdb.command(&format!("set $eip = {code:#x}"));
    gdb.command(&format!("break *{end:#x}"));
    while gdb.number("(unsigned)$eip") != end {
        gdb.command("continue");
    }
    gdb.command("delete");
    gdb.command(&format!("set var *(unsigned *){ENTRY:#x} = 0"));
    gdb.command(&format!("set $eip = {back:#x}"));
    goes_on(gdb, &machine, &[]);
    assert!(machine.lines("killed: ").is_empty());
}

/// Writes code by gdb, and returns where it ends.
fn write(gdb: &mut Gdb, at: u32, code: &[u8]) -> u32 {
    gdb.write(at, code);
    at + code.len() as u32
}

/// Code that sets the I/O APIC's entry for COM1's interrupt.
fn redirect(to: u32) -> Vec<u8> {
    let mut code = store(WINDOW, REDIRECTION);
    code.extend(store(WINDOW + 0x10, to));
    code
}

/// `mov dword [at], value`
fn store(at: u32, value: u32) -> Vec<u8> {
    let mut code = vec![0xC7, 0x05];
    code.extend(at.to_le_bytes());
    code.extend(value.to_le_bytes());
    code
}

/// `inc dword [counter]`, and a jump back to it.
fn count_for_ever(counter: u32) -> Vec<u8> {
    let mut code = vec![0xFF, 0x05];
    code.extend(counter.to_le_bytes());
    code.extend([0xEB, 0xF8]);
    code
}
