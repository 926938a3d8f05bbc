//! What a person does with plain gdb, as transcripts under `sessions/`.

use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::{Machine, Serial, Setup};
use tests::scenes::session;
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// Checks gdb's output against a transcript, on this machine.
fn run(gdb: &mut Gdb, machine: &mut Machine, transcript: &str) {
    let target = machine.endpoint().for_gdb();
    let programs = artifacts::directory().display().to_string();
    let names = [("target", &*target), ("programs", &*programs)];
    session::run(gdb, transcript, &names, || ticks::wait_for(machine, 1));
}

fn gdb() -> Gdb {
    Gdb::start(&artifacts::kernel())
}

#[test]
fn gdb_attaches_interrupts_detaches_and_attaches_again_by_socket() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/attach.txt"));
    ticks::wait_for(&mut machine, 1);
    run(&mut gdb, &mut machine, include_str!("sessions/attach.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn gdb_attaches_interrupts_detaches_and_attaches_again_by_terminal() {
    let mut machine = Setup::demo().serial(Serial::Pty).boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/attach.txt"));
    ticks::wait_for(&mut machine, 1);
    run(&mut gdb, &mut machine, include_str!("sessions/attach.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_session_in_extended_remote_ends_as_cleanly() {
    let mut machine = Setup::demo().boot();
    let target = machine.endpoint().for_gdb();
    let mut gdb = gdb();
    gdb.command(&format!("target extended-remote {target}"));
    gdb.command("kill");
    ticks::wait_for(&mut machine, 1);
    // There is no program to start.
    let said = gdb.command("run");
    // gdb 15 and later give the stub's reason instead.
    let failed = "Running the default executable on the remote target failed";
    let reason = said.contains(failed) || said.contains("not supported");
    assert!(reason, "{said}");
    ticks::wait_for(&mut machine, 1);
    gdb.command(&format!("target extended-remote {target}"));
    let threads = gdb.command("info threads");
    assert!(threads.contains("Thread 8 (sleeper/sleeper "), "{threads}");
    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn after_gdb_was_killed_the_next_one_takes_over() {
    for serial in [Serial::Unix, Serial::Pty, Serial::Tcp] {
        let mut machine = Setup::demo().serial(serial).boot();
        for _ in 0..3 {
            let mut stopped = gdb();
            stopped.attach(&machine.endpoint().for_gdb());
            stopped.command("break kernel::system_call::dispatch");
            stopped.crash();

            let mut running = gdb();
            running.attach(&machine.endpoint().for_gdb());
            running.send("continue");
            running.wait_until_continuing();
            ticks::wait_for(&mut machine, 1);
            running.crash();
        }
        let mut last = gdb();
        run(&mut last, &mut machine, include_str!("sessions/attach.txt"));
        ticks::wait_for(&mut machine, 1);
    }
}

#[test]
fn registers_and_memory_are_read_and_written() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/memory.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn every_task_is_a_thread_with_its_own_memory_registers_and_stack() {
    let mut machine = Setup::demo().boot();
    let tasks = host_cli::whole_demo(machine.endpoint());
    assert_eq!(tasks[7]["name"], "sleeper", "as the transcript has it");
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/threads.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn the_kernel_is_stepped_through_by_its_source() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/kernel.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_program_in_ring_3_is_stepped_through_by_its_source() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/program.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_breakpoint_on_what_the_stub_runs_through_is_refused() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb();
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::devices::clock::now_us");
    let refusal = gdb.command("continue");
    assert!(refusal.contains("Cannot insert breakpoint"), "{refusal}");
    gdb.command("delete");
    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_step_over_a_call_that_sleeps_ends_when_the_task_is_back() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = gdb();
    gdb.command("set language c");
    gdb.attach(&machine.endpoint().for_gdb());
    let source = artifacts::program("source");
    gdb.command(&format!("add-symbol-file {}", source.display()));
    gdb.command("thread 3");
    gdb.command("tbreak programs::kernel::sleep");
    let stop = gdb.command("continue");
    assert!(stop.contains("programs::kernel::sleep"), "{stop}");
    // `cd 80` is `int 0x80`, which enters the kernel.
    gdb.command("while *(unsigned short *)$eip != 0x80cd\nstepi\nend");
    gdb.command("set $call = $eip");
    gdb.command("stepi");
    let passed = gdb.command("print $eip > $call && $eip < $call + 8");
    assert!(passed.contains("= 1"), "{passed}");
    let thread = gdb.command("thread");
    assert!(thread.contains("(Thread 3)"), "{thread}");
    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn tables_are_printed_by_info_os_and_monitor() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let line = "consumer: consumer reads window 1";
    machine.wait_for_line(line, LIMIT);
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/tables.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn memory_is_searched_and_compared_on_the_target() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/search.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_read_only_page_keeps_what_it_has_unless_its_user_says_otherwise() {
    let mut machine = Setup::demo().boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/protection.txt"));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_signal_goes_on_to_the_program_and_kill_lets_all_go_on() {
    let mut machine = Setup::demo().word("demo=null").word("wait").boot();
    let mut gdb = gdb();
    run(&mut gdb, &mut machine, include_str!("sessions/signals.txt"));
    ticks::wait_for(&mut machine, 1);
    // To quit while the system is stopped lets it continue, too.
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::system_call::dispatch");
    gdb.send("quit");
    ticks::wait_for(&mut machine, 1);
    let mut next = self::gdb();
    next.attach(&machine.endpoint().for_gdb());
    let same = next.command("compare-sections .text");
    assert!(same.contains("matched"), "{same}");
}

/// A pair comes back in two registers, where gdb does not look by itself.
#[test]
fn finish_shows_a_pair_once_gdb_is_told_where_it_is() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    let directory = artifacts::directory();
    gdb.command(&format!("set sysroot {}", directory.display()));
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("set struct-convention reg");
    gdb.command("break source::next_parcel");
    gdb.command("continue");
    let said = gdb.command("finish");
    assert!(said.contains("Value returned is"), "{said}");
    gdb.command("set language c");
    let pair = [gdb.number("$eax"), gdb.number("$edx")];
    let shown = gdb.command("print/d $");
    for value in pair {
        assert!(shown.contains(&format!("= {value}")), "{pair:?} in {shown}");
    }
    gdb.command("delete");
    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}
