//! Scenes that many tests begin or end with.

use crate::artifacts::image::Image;
use crate::artifacts::{self, PROGRAMS};
use crate::clients::gdb::Gdb;
use crate::clients::host_cli;
use crate::host::deadline::wait_until;
use crate::machine::Machine;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Attaches gdb to the machine, which stops.
#[must_use]
pub fn attached(machine: &Machine) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    gdb
}

/// Attaches gdb to the demo system, and stops it where the sleeper, task 8,
/// has entered the kernel by a system call.
///
/// # Panics
///
/// Panics if it does not do so.
#[must_use]
pub fn in_a_system_call(machine: &Machine) -> Gdb {
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = attached(machine);
    gdb.command("break kernel::system_call::dispatch thread 8");
    let stop = gdb.command("continue");
    assert!(stop.contains("Thread 8 hit Breakpoint"), "{stop}");
    gdb.command("delete");
    gdb
}

/// Attaches gdb to the demo system, and stops it where the sleeper, task 8,
/// is in its program.
///
/// # Panics
///
/// Panics if it does not get there.
#[must_use]
pub fn in_a_program(machine: &Machine) -> Gdb {
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = attached(machine);
    gdb.command("thread 8");
    gdb.command("tbreak *$eip");
    let stop = gdb.command("continue");
    assert!(stop.contains("Thread 8 hit Temporary breakpoint"), "{stop}");
    assert_eq!(gdb.number("$cs"), 0x1B);
    gdb
}

/// Returns where the stack of the x87 floating-point error's task begins,
/// which is hardly ever used.
#[must_use]
pub fn unused_stack() -> u32 {
    const STACK_BYTES: u32 = 16 * 1024;
    let stacks = Image::open(&artifacts::kernel()).address("exception_stacks");
    stacks + 13 * STACK_BYTES
}

/// Returns where a task's record has this directory, found by gdb among the
/// records of tasks, in slot 21 of the directory.
///
/// # Panics
///
/// Panics if none has it.
#[must_use]
pub fn directory_in_record(gdb: &mut Gdb, cr3: u32) -> String {
    let found = gdb.command(&format!("find /w1 0x5400000, +0x1000, {cr3:#x}"));
    let place = found.split_whitespace().next().expect("it is found");
    place.to_owned()
}

/// Looks at a stopped system by host-cli after gdb has vanished, and returns
/// the next gdb, which must see the same context.
///
/// # Panics
///
/// Panics if they see something else.
#[must_use]
pub fn by_host_cli(mut gdb: Gdb, machine: &Machine) -> Gdb {
    let shown = "info registers eip esp eflags cr3";
    let before = gdb.command(shown);
    let eip = gdb.number("(unsigned)$eip");
    gdb.crash();
    let answer = host_cli::json(machine.endpoint(), &["regs"]);
    let registers = answer.member("registers").to_string();
    let eip = format!("{eip:#010x}");
    assert!(registers.contains(&eip), "{eip} is not in {registers}");
    let answer = host_cli::json(machine.endpoint(), &["translate", "0xb000"]);
    assert_eq!(answer.member("translation")["mapped"], true);
    let answer = host_cli::json(machine.endpoint(), &["threads"]);
    assert!(!answer.rows("threads").is_empty());
    let mut gdb = attached(machine);
    assert_eq!(gdb.command(shown), before);
    gdb
}

/// Resumes the system, without gdb.
///
/// # Panics
///
/// Panics if the demo system, but for the programs in `gone`, does not run.
pub fn goes_on(mut gdb: Gdb, machine: &Machine, gone: &[&str]) {
    gdb.command("detach");
    goes_on_alone(machine, gone);
}

/// Asserts that the demo system, but for the programs in `gone`, runs.
///
/// # Panics
///
/// Panics if it does not.
pub fn goes_on_alone(machine: &Machine, gone: &[&str]) {
    let left = PROGRAMS.iter().filter(|name| !gone.contains(*name));
    let left: Vec<_> = left.copied().collect();
    wait_until("the others to be left", LIMIT, || {
        host_cli::programs(machine.endpoint()) == left
    });
    for name in ["source", "consumer", "workers"] {
        let does = || {
            let answer = host_cli::json(machine.endpoint(), &["threads"]);
            let mut rows = answer.rows("threads").iter();
            let thread = rows.find(|row| row["name"] == name);
            let thread = thread.expect("it is there");
            (thread["state"].clone(), thread["waits_for"].clone())
        };
        let before = does();
        let what = format!("`{name}` to go on");
        wait_until(&what, LIMIT, || does() != before);
    }
}
