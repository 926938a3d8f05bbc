//! The budgets, next to what was measured.

use super::commands::{ATTACH, STEPS, THREADS};
use super::conditions::{Clock, FalseHits, Place};
use super::idle::Idle;
use super::looks::Look;
use super::memory::{RANDOM_BY_HOST_CLI, TEXT_BY_HOST_CLI};
use super::results::{Budget, Results};
use super::sample::Sample;
use super::subject::{RANDOM_BYTES, Stub};
use super::tap::{BYTES_PER_SECOND, Pace};

/// Compares the results, and what else was measured, with the budgets.
///
/// # Panics
///
/// Panics if something was not measured.
#[must_use]
pub fn compare(
    results: &Results,
    global: [(String, u32); 2],
    regions: Sample,
    hits: &[FalseHits],
    idle: Idle,
) -> Vec<Budget> {
    let mut budgets = Vec::new();
    let random = of_memory(results, RANDOM_BY_HOST_CLI);
    let random = share(random, RANDOM_BYTES);
    budgets.push(Budget::new(
        "64 KiB of random memory by host-cli, of the line",
        format!("{:.1} %", random * 100.0),
        "≥ 95 %",
        Some(random >= 0.95),
    ));
    let text = (TEXT_BY_HOST_CLI.to_owned(), RANDOM_BYTES);
    for (name, bytes) in global.into_iter().chain([text]) {
        let share = share(of_memory(results, &name), bytes);
        let budget = match name == TEXT_BY_HOST_CLI {
            true => "reported",
            false => "≥ 300 %, compressed",
        };
        let measured = format!("{:.1} %", share * 100.0);
        budgets.push(Budget::new(&name, measured, budget, None));
    }
    let gdb = |name, budget: f64| {
        let sample = results.commands.sample(name, Stub::Ours, Pace::Paced);
        let seconds = sample.expect("it was measured").seconds;
        let what = format!("gdb 13: {name}");
        let measured = format!("{seconds:.3} s");
        let budget_text = format!("≤ {budget:.2} s");
        Budget::new(&what, measured, &budget_text, Some(seconds <= budget))
    };
    budgets.push(gdb(ATTACH, 0.30));
    budgets.push(gdb(STEPS, 0.35));
    let threads = results.commands.sample(THREADS, Stub::Ours, Pace::Paced);
    let threads = threads.expect("it was measured");
    budgets.push(Budget::new(
        "gdb 13: info threads, 20 tasks, straight",
        format!("{:.3} s, {} trips", threads.seconds, threads.traffic.trips),
        "reported",
        None,
    ));
    let trips = regions.traffic.trips;
    budgets.push(Budget::new(
        "host-cli: regions of one task",
        format!("{:.3} s, {trips} trips", regions.seconds),
        "≤ 0.15 s, 1–2 trips",
        Some(regions.seconds <= 0.15 && trips <= 2),
    ));
    for hits in hits {
        let FalseHits { stub, place, clock, per_second, traffic } = *hits;
        let bytes = traffic.up + traffic.down;
        let is_met = |least| Some(per_second >= least && bytes == 0);
        let whose = match (stub, place) {
            (Stub::Qemus, _) => "QEMU's stub",
            (Stub::Ours, Place::First) => "our stub",
            (Stub::Ours, Place::Stepped) => "our stub, stepped",
        };
        // A stub cannot promise anything about an emulator's speed.
        let (when, budget, is_met) = match (clock, place) {
            (Clock::Host, _) => ("", "reported", None),
            (Clock::Machine(_), Place::First) => {
                (", 250 MIPS", "≥ 100 000/s, 0 B", is_met(100_000.0))
            }
            (Clock::Machine(_), Place::Stepped) => {
                (", 250 MIPS", "≥ 40 000/s, 0 B", is_met(40_000.0))
            }
        };
        budgets.push(Budget::new(
            &format!("false hits of a condition, {whose}{when}"),
            format!("{per_second:.0}/s, {bytes} B"),
            budget,
            is_met,
        ));
    }
    let frames = results.faulty.iter().flat_map(|faulty| &faulty.frames);
    let frames: Vec<_> = frames.collect();
    let wrong: u32 = frames.iter().map(|outcome| outcome.wrong).sum();
    let (worst, others) = frames.split_last().expect("it was measured");
    let gave_up: u32 = others.iter().map(|outcome| outcome.gave_up).sum();
    let worst = worst.gave_up;
    budgets.push(Budget::new(
        "bad lines: WRONG, given up by host-cli; at flip 1e-2",
        format!("{wrong}, {gave_up}; {worst} of 400"),
        "0, 0; ≤ 10",
        Some(wrong == 0 && gave_up == 0 && worst <= 10),
    ));
    budgets.extend(pauses(&results.looks));
    budgets.push(Budget::new(
        "stub without debugger: switches in 10^9 instructions",
        format!("{} of {}", idle.with, idle.without),
        "as many",
        // Where a tick falls makes a difference of one in 10⁴.
        Some(idle.with.abs_diff(idle.without) * 1000 <= idle.without),
    ));
    budgets
}

fn pauses(looks: &[Look]) -> impl Iterator<Item = Budget> {
    let of = |is_translate: bool, what: &str, budget: u64| {
        let looks = looks.iter().filter(move |look| {
            look.question.starts_with("translate") == is_translate
        });
        let most = looks.max_by_key(|look| look.pause_us());
        let most = most.expect("it was measured");
        let pause = most.pause_us();
        Budget::new(
            what,
            format!("{pause} µs ({})", most.question),
            &format!("≤ {budget} µs"),
            Some(pause <= budget),
        )
    };
    [
        of(true, "median pause of a translation", 100),
        of(false, "longest median pause of any question", 1000),
    ]
    .into_iter()
}

fn of_memory(results: &Results, name: &str) -> Sample {
    let sample = results.memory.sample(name, Stub::Ours, Pace::Paced);
    sample.unwrap_or_else(|| panic!("{name:?} was not measured"))
}

/// Returns the share of the line's bytes that was payload.
fn share(sample: Sample, bytes: u32) -> f64 {
    f64::from(bytes) / sample.seconds / BYTES_PER_SECOND
}
