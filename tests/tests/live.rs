//! Looking does not stop the system.
//!
//! The kernel counts its timer interrupts in `stormglass_ticks`; QEMU reads
//! the count straight from the machine's memory, so that neither the kernel
//! nor its debugger can flatter themselves.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::line::{Fate, Line};
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

/// What a look may cost: a twentieth of the timer's rate.
const KEPT: f64 = 0.95;

/// Rates are measured one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

#[test]
fn the_timer_keeps_its_rate_during_a_stream_of_queries() {
    const WINDOWS: usize = 7;
    const WINDOW: Duration = Duration::from_secs(1);
    let _alone = alone();
    let mut machine = Setup::demo().boot();
    let ticks = ticks::address();
    let (mut idle, mut busy) = (Vec::new(), Vec::new());
    let mut queries = 0;
    // Alternating windows see the same host.
    for _ in 0..WINDOWS {
        idle.push(machine.growth(ticks, WINDOW));
        let (rate, asked) = during_queries(&mut machine, |machine| {
            machine.growth(ticks, WINDOW)
        });
        busy.push(rate);
        queries += asked;
    }
    let text = format!("idle {idle:.1?}, busy {busy:.1?} ticks a second");
    let (idle, busy) = (median(idle), median(busy));
    assert!(idle > 10.0, "the timer runs: {text}");
    assert!(busy >= KEPT * idle, "{text}");
    let some = WINDOWS as u32;
    assert!(queries >= some, "{queries} queries are no stream");
    println!("{text}, {queries} queries");
}

/// Measures while one query follows another; returns how many there were.
fn during_queries<T>(
    machine: &mut Machine,
    measure: impl FnOnce(&mut Machine) -> T,
) -> (T, u32) {
    const QUERIES: [&[&str]; 5] = [
        &["translate", "0x00100000"],
        &["regions", "--all"],
        &["threads"],
        &["mailboxes"],
        &["read", "0x00100000", "4096"],
    ];
    let endpoint = machine.endpoint().clone();
    let (done, asked) = (AtomicBool::new(false), AtomicU32::new(0));
    let measured = thread::scope(|scope| {
        scope.spawn(|| {
            for query in QUERIES.iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let answer = host_cli::json(&endpoint, query);
                assert_eq!(answer.code, 0, "{query:?}: {}", answer.stderr);
                asked.fetch_add(1, Ordering::Relaxed);
            }
        });
        let measured = measure(machine);
        done.store(true, Ordering::Relaxed);
        measured
    });
    (measured, asked.into_inner())
}

#[test]
fn the_timer_keeps_its_rate_while_64_kib_cross_a_line_of_115200_baud() {
    const BYTES: u64 = 64 << 10;
    let _alone = alone();
    let mut machine = Setup::demo().boot();
    let ticks = ticks::address();
    let line = Line::new(machine.endpoint(), 115_200, Fate::Lasts);
    let window = Duration::from_secs(3);

    let before = machine.growth(ticks, window);
    let (start, first) = (Instant::now(), machine.monitor.word(ticks));
    let answer =
        host_cli::json(&line.near_end(), &["read", "0x00100000", "64KiB"]);
    let (took, last) = (start.elapsed(), machine.monitor.word(ticks));
    let during = f64::from(last.wrapping_sub(first)) / took.as_secs_f64();
    let after = machine.growth(ticks, window);

    let read = answer.member("read");
    assert_eq!(read["bytes"].as_u64(), Some(BYTES));
    let (_, came) = line.bytes();
    println!("{came} bytes in {took:?}: {before:.1} {during:.1} {after:.1}");
    let idle = before.midpoint(after);
    assert!(during >= KEPT * idle, "{during:.1} of {idle:.1} ticks a second");
}

#[test]
fn the_timer_stands_still_while_gdb_has_the_system() {
    let _alone = alone();
    let mut machine = Setup::demo().boot();
    let ticks = ticks::address();
    let window = Duration::from_millis(500);
    ticks::wait_for(&mut machine, 1);

    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("print/x $eip");
    assert_eq!(machine.growth(ticks, window), 0.0, "{}", gdb.transcript());

    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}
