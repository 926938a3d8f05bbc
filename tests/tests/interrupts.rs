//! Spurious interrupts of the controllers.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};

const LIMIT: Duration = Duration::from_secs(60);

/// A controller whose request has vanished raises its last line, with nothing
/// in service. `int` does just that.
fn assert_spurious_interrupts_are_passed_over(machine: &mut Machine) {
    let image = Image::open(&artifacts::kernel());
    let ticks = image.address("stormglass_ticks");
    let spurious = image.address("kernel::devices::interrupts::SPURIOUS");
    let before = machine.monitor.word(spurious);
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::system_call::dispatch");
    gdb.command("continue");
    gdb.command("delete");
    gdb.command("set $at = $eip");
    for (passed, vector) in (1..).zip([0x27, 0x2F]) {
        // `int VECTOR; int3`, far below what the stack holds.
        gdb.command("set $code = (unsigned int)$esp - 1024");
        let code = 0x00CC_00CD | vector << 8;
        gdb.command(&format!("set var *(unsigned int *)$code = {code}"));
        gdb.command("set $eip = $code");
        let stop = gdb.command("continue");
        assert!(stop.contains("SIGTRAP"), "{stop}");
        assert_eq!(machine.monitor.word(spurious), before + passed);
        gdb.command("set $eip = $at");
    }
    gdb.command("detach");
    // Both controllers still deliver real interrupts.
    let first = machine.monitor.word(ticks);
    wait_until("the timer to tick on", LIMIT, || {
        machine.monitor.word(ticks) > first + 2
    });
}

#[test]
fn spurious_interrupts_are_passed_over_in_qemu() {
    let mut machine = Setup::demo().boot();
    assert_spurious_interrupts_are_passed_over(&mut machine);
}

#[test]
fn spurious_interrupts_are_passed_over_in_bochs() {
    let mut machine = Setup::demo().in_bochs().boot();
    assert_spurious_interrupts_are_passed_over(&mut machine);
}
