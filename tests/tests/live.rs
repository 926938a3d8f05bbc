//! Looking does not stop the system.
//!
//! The kernel counts its timer interrupts in `stormglass_ticks`; QEMU reads
//! the count straight from the machine's memory, so that neither the kernel
//! nor its debugger can flatter themselves. Another clock of the machine says
//! how many there should be. Both advance by its instructions, so it does not
//! matter what else the host has to do.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use tests::artifacts::{self, PROGRAMS};
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::line::{Endpoint, Fate, Line};
use tests::machine::{Machine, Setup};
use tests::scenes::ticks::{self, Count};

/// How many seconds of the machine's time are enough to tell.
const ENOUGH: f64 = 0.5;

/// Boots the demo system, and a program that never sleeps: time passes by
/// instructions only while some are executed.
fn demo_without_rest() -> Machine {
    let modules = [&PROGRAMS[..], &["busy"]].concat();
    Setup::demo().modules(&modules).instructions_of_4_ns().boot()
}

/// Asserts that no tick was lost.
fn assert_rate_is_kept(target: &Endpoint, what: &str, count: Count) {
    let info = host_cli::json(target, &["info"]);
    let rate = info.member("stub")["ticks_per_second"].as_f64();
    let expected = rate.expect("a number") * count.seconds;
    println!("{what}: {count:.3?}, of {expected:.1}");
    assert!(f64::from(count.ticks) > expected - 1.0, "{what}: {count:?}");
}

#[test]
fn the_timer_keeps_its_rate_during_a_stream_of_queries() {
    const QUERIES: [&[&str]; 5] = [
        &["translate", "0x00100000"],
        &["regions", "--all"],
        &["threads"],
        &["mailboxes"],
        &["read", "0x00100000", "4096"],
    ];
    /// Each of them several times.
    const MANY: u32 = 50;
    let mut machine = demo_without_rest();
    let target = machine.endpoint().clone();
    let idle = ticks::count(&mut machine, |seconds| seconds < ENOUGH);
    assert_rate_is_kept(&target, "without queries", idle);
    let (done, asked) = (AtomicBool::new(false), AtomicU32::new(0));
    let busy = thread::scope(|scope| {
        let asking = scope.spawn(|| {
            for query in QUERIES.iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let answer = host_cli::json(&target, query);
                assert_eq!(answer.code, 0, "{query:?}: {}", answer.stderr);
                asked.fetch_add(1, Ordering::Relaxed);
            }
        });
        let count = ticks::count(&mut machine, |seconds| {
            let more = asked.load(Ordering::Relaxed) < MANY;
            (more || seconds < ENOUGH) && !asking.is_finished()
        });
        done.store(true, Ordering::Relaxed);
        count
    });
    println!("{} queries", asked.into_inner());
    assert_rate_is_kept(&target, "with queries", busy);
}

#[test]
fn the_timer_keeps_its_rate_while_64_kib_cross_a_line_of_115200_baud() {
    const BYTES: u64 = 64 << 10;
    let mut machine = demo_without_rest();
    let target = machine.endpoint().clone();
    let line = Line::new(&target, 115_200, Fate::Lasts);
    let (answer, count) = thread::scope(|scope| {
        let near_end = line.near_end();
        let reading = scope.spawn(move || {
            host_cli::json(&near_end, &["read", "0x00100000", "64KiB"])
        });
        let count = ticks::count(&mut machine, |_| !reading.is_finished());
        (reading.join().expect("host-cli ends"), count)
    });
    assert_eq!(answer.member("read")["bytes"].as_u64(), Some(BYTES));
    let (_, came) = line.bytes();
    println!("{came} bytes");
    assert!(count.seconds > 0.0, "{count:?}");
    assert_rate_is_kept(&target, "during the transfer", count);
}

#[test]
fn the_timer_stands_still_while_gdb_has_the_system() {
    let mut machine = Setup::demo().boot();
    ticks::wait_for(&mut machine, 1);

    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("print/x $eip");
    let count = ticks::count(&mut machine, |seconds| seconds < 0.5);
    assert_eq!(count.ticks, 0, "{}", gdb.transcript());

    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}
