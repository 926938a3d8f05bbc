//! Spurious interrupts of the controllers.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
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

/// What is known of a line: masked, pending, in service, count.
type Line = (bool, bool, bool, u32);

/// Returns the lines as gdb's table has them.
fn table(gdb: &mut Gdb) -> Vec<Line> {
    let text = gdb.command("info os interrupts");
    let rows = text.lines().skip(1).map(|row| {
        let words: Vec<_> = row.split_whitespace().collect();
        let is = |at: usize| words[at] == "yes";
        (is(2), is(3), is(4), words[5].parse().expect("a count"))
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), 16, "{text}");
    rows
}

/// Returns what QEMU says of its controllers: IMR, IRR and ISR of both.
fn controllers(machine: &mut Machine) -> [u16; 3] {
    let text = machine.monitor.command("info pic");
    ["imr=", "irr=", "isr="].map(|name| {
        let of = |pic: &str| {
            let start = format!("{pic}: ");
            let mut lines = text.lines().map(str::trim);
            let line = lines.find(|line| line.starts_with(&start));
            let (_, rest) = line.expect(pic).split_once(name).expect(name);
            u8::from_str_radix(&rest[..2], 16).expect("two digits")
        };
        u16::from_le_bytes([of("pic0"), of("pic1")])
    })
}

/// Returns how often QEMU has raised a line.
fn raised(machine: &mut Machine, line: u32) -> u32 {
    let text = machine.monitor.command("info irq");
    let name = format!("{line}: ");
    let mut rows = text.lines();
    let row = rows.find_map(|row| row.trim().strip_prefix(&name));
    row.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

#[test]
fn the_table_is_what_qemu_says_of_its_controllers() {
    let mut machine = Setup::demo().boot();
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    let first = table(&mut gdb);
    let [masked, pending, in_service] = controllers(&mut machine);
    for (line, row) in first.iter().enumerate() {
        let is = |lines: u16| lines >> line & 1 != 0;
        // A tick may come between the two questions.
        let pending = if line == 0 { row.1 } else { is(pending) };
        let expected = (is(masked), pending, is(in_service), row.3);
        assert_eq!(*row, expected, "line {line}");
    }
    assert!(first[4].2, "the debugger's own interrupt is in service");
    assert!(!first[0].0 && !first[4].0, "timer and debugger are let in");
    let before = raised(&mut machine, 0);
    // Twenty system calls later.
    gdb.command("break kernel::system_call::dispatch");
    for _ in 0..20 {
        gdb.command("continue");
    }
    let second = table(&mut gdb);
    let ended = second[0].3 - first[0].3;
    let after = raised(&mut machine, 0);
    assert!(ended > 0, "ticks have come");
    // One may be pending; QEMU raises a line once more than it lowers it.
    assert!(after - before >= ended, "{before} to {after}, {ended} ended");
    // A step holds all lines but the debugger's, and shows the kernel's masks.
    gdb.command("delete");
    let masks =
        |rows: &[Line]| rows.iter().map(|row| row.0).collect::<Vec<_>>();
    gdb.command("stepi");
    assert_eq!(masks(&table(&mut gdb)), masks(&second));
    gdb.command("detach");
}

#[test]
fn the_timers_interrupts_are_its_ticks_in_bochs() {
    let machine = Setup::demo().in_bochs().boot();
    let count = || {
        let answer = host_cli::json(machine.endpoint(), &["interrupts"]);
        let rows = answer.rows("interrupts");
        let count = rows[0]["count"].as_u64().expect("a count");
        assert_eq!(rows[0]["served_by"], "timer");
        let timer = answer.member("timer");
        let ticks = timer["ticks"].as_u64().expect("ticks");
        assert_eq!(timer["ticks_per_second"], 100);
        (count, ticks)
    };
    let (first, ticks) = count();
    // The two are of one tick, or a few on a busy host.
    assert!(first.abs_diff(ticks) <= 100, "{first}, {ticks}");
    wait_until("the timer to tick on", LIMIT, || count().0 > first + 2);
}
