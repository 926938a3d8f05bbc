//! A breakpoint that the stub itself hits while it serves gdb.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::machine::Setup;
use tests::scenes::ticks;
use tests::scenes::unused_stack;

const LIMIT: Duration = Duration::from_secs(60);

/// The function that answers `monitor`.
const FUNCTION: &str =
    "stub::monitor::answer::<kernel::debugger::machine::KernelMachine>";

/// Makes the stub run through a piece of code that it does not know as its
/// own, and returns its address: a `nop`, the function's first instructions,
/// and a jump back.
fn divert(gdb: &mut Gdb) -> u32 {
    let kernel = Image::open(&artifacts::kernel());
    let function = kernel.address(FUNCTION);
    let scratch = unused_stack();
    let text = kernel
        .segments()
        .iter()
        .find(|it| {
            let end = it.start + it.data.len() as u32;
            (it.start..end).contains(&function)
        })
        .expect("the function is in the image");
    let code = &text.data[(function - text.start) as usize..];
    // push ebp; [mov ebp, esp;] push ebx; push edi; push esi: all of them
    // do the same elsewhere.
    let len = match code {
        [0x55, 0x53, 0x57, 0x56, 0x81, 0xEC, ..] => 10,
        [0x55, 0x53, 0x57, 0x56, 0x83, 0xEC, ..] => 7,
        [0x55, 0x89, 0xE5, 0x53, 0x57, 0x56, ..] => 6,
        _ => panic!("another beginning: {:x?}", &code[..16]),
    };
    let jump = |from: u32, to: u32| {
        let distance = to.wrapping_sub(from + 5).to_le_bytes();
        [&[0xE9], &distance[..]].concat()
    };
    let back = jump(scratch + 1 + len, function + len);
    let there = [&[0x90], &code[..len as usize], &back].concat();
    gdb.command("monitor write-protect off");
    gdb.write(scratch, &there);
    gdb.write(function, &jump(function, scratch));
    scratch
}

/// Stops by `stop`, lets the stub hit a breakpoint, and asserts that it
/// continues, and that the breakpoint is removed and that it says so.
fn assert_survives(setup: &Setup, stop: &[&str]) {
    let mut machine = setup.boot();
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    for command in stop {
        gdb.command(command);
    }
    let at = divert(&mut gdb);
    let before = gdb.command("monitor help");
    assert!(before.contains("monitor translate"), "{before}");
    gdb.command("set breakpoint always-inserted on");
    gdb.command(&format!("break *{at:#x}"));
    assert_eq!(machine.monitor.word(at) & 0xFF, 0xCC, "it is there");

    assert_eq!(gdb.command("monitor help"), before);
    assert_eq!(machine.monitor.word(at) & 0xFF, 0x90, "it is gone");
    let line = format!("the stub hit the breakpoint at {at:#010x}");
    machine.wait_for_line(&line, LIMIT);
    assert_eq!(gdb.command("monitor help"), before);
    // For good.
    gdb.command("delete");
    let said = gdb.command(&format!("break *{at:#x}"));
    let said = said + &gdb.command("info registers eip");
    assert!(said.contains("Cannot insert breakpoint"), "{said}");
    gdb.command("delete");
    gdb.send("continue");
    let said = gdb.wait_until_continuing();
    ticks::wait_for(&mut machine, 1);
    gdb.interrupt();
    let said = said + &gdb.answer();
    let told = "the stub itself hit the breakpoint at";
    assert!(said.contains(told), "{said}");
    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn the_line_s_own_task_goes_on_without_the_breakpoint() {
    assert_survives(&Setup::demo(), &[]);
}

/// What stops the system through the exception task of breakpoints.
const BY_A_BREAKPOINT: [&str; 2] =
    ["tbreak kernel::system_call::dispatch", "continue"];

#[test]
fn the_task_of_breakpoints_goes_on_without_the_breakpoint() {
    assert_survives(&Setup::demo(), &BY_A_BREAKPOINT);
}

#[test]
fn the_task_of_breakpoints_goes_on_in_bochs_too() {
    assert_survives(&Setup::demo().in_bochs(), &BY_A_BREAKPOINT);
}
