//! Old processors: the kernel does without what they lack, and says so.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

fn symbol(name: &str) -> u32 {
    Image::open(&artifacts::kernel()).address(name)
}

/// Boots QEMU with this processor. Its time passes by instructions, so a busy
/// host makes no pause longer.
fn boot(model: &'static str) -> Machine {
    Setup::demo().processor(model).instructions_of_4_ns().boot()
}

/// Returns what the console says about the processor.
fn report(machine: &Machine) -> Vec<String> {
    let console = machine.console();
    let mut lines =
        console.lines().skip_while(|line| !line.starts_with("processor: "));
    let first = lines.next().map(str::to_owned);
    let more = lines.take_while(|line| line.starts_with("  "));
    first.into_iter().chain(more.map(str::to_owned)).collect()
}

/// gdb and host-cli see all that a newer processor shows.
fn assert_is_debugged(machine: &mut Machine) {
    // After a stop the timer chip's clock does not advance until it has caught
    // up with the ticks that were not counted: two at most.
    ticks::wait_for(machine, 3);
    let info = host_cli::json(machine.endpoint(), &["info"]);
    assert_eq!(info.code, 0, "{info:?}");
    let pause = info.json["pause_us"].as_u64().expect("a number");
    let stolen = info.json["stolen_us"].as_u64().expect("a number");
    assert!((1..100_000).contains(&pause), "{info:?}");
    assert!((pause..1_000_000).contains(&stolen), "{info:?}");
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::process::mailbox::send");
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Breakpoint 1"), "{stop}");
    let registers = gdb.command("info registers cr0 cr3 cr4");
    assert!(registers.contains("cr4"), "{registers}");
    gdb.command("delete");
    gdb.command("detach");
    ticks::wait_for(machine, 1);
}

#[test]
fn a_486_has_the_timer_chip_for_a_clock() {
    // QEMU's runs `rdtsc` although it says that it has none, so what shows
    // is that the kernel knows nothing of the counter's speed.
    let mut machine = boot("486");
    let said = report(&machine);
    assert_eq!(
        said[..2],
        [
            "processor: family 4",
            "  no cycle counter: the timer chip is the clock"
        ]
    );
    let speed = symbol("stormglass_microseconds_per_cycle");
    assert_eq!(machine.monitor.word(speed), 0);
    assert_is_debugged(&mut machine);
}

#[test]
fn a_pentium_lacks_nothing() {
    let mut machine = boot("pentium");
    assert_eq!(report(&machine), ["processor: family 5"]);
    assert_is_debugged(&mut machine);
}

#[test]
fn bochs_pentium_lacks_nothing() {
    let mut machine = Setup::demo().in_bochs_with("pentium").boot();
    assert_eq!(report(&machine), ["processor: family 5"]);
    assert_is_debugged(&mut machine);
}

/// Makes the sleeper, in ring 3, continue with `fld1; int3` on its stack.
fn prepare_x87(machine: &Machine) -> Gdb {
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let sleeper = artifacts::program("sleeper");
    gdb.command(&format!("add-symbol-file {}", sleeper.display()));
    gdb.command("thread 8");
    gdb.command("break sleeper::turn");
    let stop = gdb.command("continue");
    assert!(stop.contains("sleeper::turn"), "{stop}");
    gdb.command("delete");
    gdb.command("set $code = (unsigned int)$esp - 256");
    gdb.command("set var *(unsigned int *)$code = 0x00cce8d9");
    gdb.command("set $eip = $code");
    gdb
}

#[test]
fn a_program_may_use_the_x87_unit_that_is_there() {
    let machine = boot("486");
    let mut gdb = prepare_x87(&machine);
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGTRAP"), "{stop}");
    let passed = gdb.command("print $eip == $code + 3");
    assert!(passed.contains("= 1"), "{passed}");
}

#[test]
fn a_program_that_uses_a_missing_x87_unit_dies_alone() {
    let mut machine = boot("486,-fpu,-vme,-pse");
    assert_eq!(
        report(&machine),
        [
            "processor: family 4",
            "  no cycle counter: the timer chip is the clock",
            "  no CR4: debuggers see 0",
            "  no x87: a program that uses it is killed",
        ]
    );
    let mut gdb = prepare_x87(&machine);
    for view in ["info all-registers", "info frame", "info float"] {
        let text = gdb.command(view);
        assert!(!text.contains("Register 25"), "{view}: {text}");
    }
    let registers = gdb.command("info registers st0 fctrl eip");
    assert!(registers.contains("<unavailable>"), "{registers}");
    gdb.send("continue");
    gdb.wait_until_continuing();
    let line = machine.wait_for_line("killed: ", LIMIT);
    assert!(line.contains("(sleeper), task 8: "), "{line}");
    gdb.interrupt();
    gdb.answer();
    gdb.command("detach");
    assert_is_debugged(&mut machine);
    assert_eq!(machine.lines("killed: ").len(), 1);
}
