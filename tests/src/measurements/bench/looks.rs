//! host-cli's questions to a large system that keeps running.

use super::sample::{Sample, median};
use super::subject::threads;
use super::tap::{Pace, Tap};
use crate::clients::host_cli;
use crate::machine::{Machine, Setup};
use std::time::Duration;

/// Enough for a median.
const TIMES: usize = 9;

const LIMIT: Duration = Duration::from_secs(120);

/// The processes of `crowd`, of four tasks each.
const PROCESSES: usize = 100;
/// Theirs, the one that creates them, and two of the kernel.
const TASKS: usize = PROCESSES * 4 + 3;

const QUESTIONS: [&[&str]; 16] = [
    &["info"],
    &["translate", "0xb000"],
    &["regions", "--task", "1"],
    &["who", "0xb000"],
    &["processes"],
    &["threads"],
    &["mailboxes"],
    &["windows"],
    &["frames"],
    &["allocator", "frames"],
    &["ports"],
    &["log"],
    &["regs"],
    &["read", "0xb000", "64"],
    &["read", "0x100000", "4096"],
    &["regions", "--all"],
];

/// A question, and what it has cost.
///
/// The line and the time of the answer are those of an emulator that runs
/// as fast as it can. The pauses are those of a processor whose speed is
/// known, in its own time: an emulated one would show the host's.
#[derive(Clone, Debug)]
pub struct Look {
    /// host-cli's arguments.
    pub question: String,
    /// On the line.
    pub sample: Sample,
    /// The longest stretches with interrupts off, in microseconds, sorted.
    pub pauses_us: Vec<u64>,
    /// All time taken from the system, sorted.
    pub stolen_us: Vec<u64>,
}

/// Boots the large system.
///
/// # Panics
///
/// Panics if it does not come up.
fn boot(setup: Setup) -> Machine {
    let crowd = format!("crowd {PROCESSES} 4");
    let machine = setup.memory_mib(128).modules(&[&crowd]).boot();
    let line = format!("crowd: crowd: {PROCESSES} processes of 4");
    machine.wait_for_line(&line, LIMIT);
    let _ = threads(&machine, TASKS);
    machine
}

/// Asks every question, first for the time of its answer, then for the
/// pauses.
///
/// # Panics
///
/// Panics if a question is not answered.
#[must_use]
pub fn measure() -> Vec<Look> {
    let machine = boot(Setup::demo());
    let tap = Tap::on(machine.endpoint(), Pace::Unpaced);
    let samples = QUESTIONS.map(|question| {
        median(
            &tap,
            TIMES,
            &mut (),
            |()| (),
            |()| {
                let answer = host_cli::json(&tap.near_end(), question);
                assert_eq!(answer.code, 0, "{question:?}: {}", answer.stderr);
            },
        )
    });
    drop(machine);
    let machine = boot(Setup::demo().instructions_of_4_ns());
    let asked = QUESTIONS.into_iter().zip(samples);
    asked.map(|(question, sample)| look(&machine, question, sample)).collect()
}

fn look(machine: &Machine, question: &[&str], sample: Sample) -> Look {
    let (mut pauses_us, mut stolen_us) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let json = host_cli::json(machine.endpoint(), question).json;
        let number = |name: &str| {
            let number = json[name].as_u64();
            number.unwrap_or_else(|| panic!("no {name}: {json}"))
        };
        pauses_us.push(number("pause_us"));
        stolen_us.push(number("stolen_us"));
    }
    pauses_us.sort_unstable();
    stolen_us.sort_unstable();
    let question = question.join(" ");
    Look { question, sample, pauses_us, stolen_us }
}

impl Look {
    /// Returns the median of the pauses, in microseconds.
    #[must_use]
    pub fn pause_us(&self) -> u64 {
        self.pauses_us[TIMES / 2]
    }

    pub(super) fn cells(&self) -> [String; 9] {
        let traffic = self.sample.traffic;
        let worst = |sorted: &[u64]| sorted.last().copied().unwrap_or(0);
        [
            self.question.clone(),
            traffic.up.to_string(),
            traffic.down.to_string(),
            traffic.trips.to_string(),
            format!("{:.4}", self.sample.seconds),
            self.pause_us().to_string(),
            worst(&self.pauses_us).to_string(),
            self.stolen_us[TIMES / 2].to_string(),
            worst(&self.stolen_us).to_string(),
        ]
    }
}
