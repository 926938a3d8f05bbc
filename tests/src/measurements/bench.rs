//! What our stub costs, compared with QEMU's own in the same run.
//!
//! `./x bench` runs it all and writes `docs/performance.md`. Bytes and trips
//! are the same in every run; times depend on the host.

pub mod budgets;
pub mod commands;
pub mod conditions;
pub mod faults;
pub mod idle;
pub mod looks;
pub mod memory;
pub mod packets;
mod page;
pub mod results;
pub mod sample;
pub mod subject;
pub mod table;
pub mod tap;

use crate::clients::host_cli;
use conditions::Place;
use results::{Results, Section};
use subject::{Stub, Subject};
use tap::Pace;

/// Measures everything, and returns the page.
#[must_use]
pub fn run() -> String {
    let mut results = Results::default();
    say("booting a system for each stub");
    let mut subjects = [Stub::Ours, Stub::Qemus].map(Subject::boot);
    type Measure = fn(&Subject, Pace) -> packets::Rows;
    let kinds: [(&str, Measure); 3] = [
        ("single packets", packets::measure),
        ("memory", memory::measure),
        ("commands of gdb", commands::measure),
    ];
    for (name, measure) in kinds {
        let mut section = Section::default();
        for index in [0, 1] {
            alone(&mut subjects, index, |subject| {
                for pace in [Pace::Unpaced, Pace::Paced] {
                    say(&format!("{name}: {:?}, {pace:?}", subject.stub));
                    let rows = measure(subject, pace);
                    section.add(subject.stub, pace, rows);
                }
                if name == "memory" {
                    say(&format!("{name}: {:?}, far away", subject.stub));
                    let rows = memory::measure_far(subject);
                    section.add(subject.stub, Pace::Paced, rows);
                }
            });
        }
        match name {
            "single packets" => results.packets = section,
            "memory" => results.memory = section,
            _ => results.commands = section,
        }
    }
    say("regions of a task");
    let regions = alone(&mut subjects, 0, |subject| {
        let tap = subject.line(Pace::Paced);
        sample::once(tap, || {
            let answer =
                host_cli::json(&tap.near_end(), &["regions", "--task", "1"]);
            assert!(!answer.rows("regions").is_empty());
        })
    });
    results.faulty = [0, 1]
        .map(|index| {
            alone(&mut subjects, index, |subject| {
                say(&format!("a bad line: {:?}", subject.stub));
                faults::measure(subject)
            })
        })
        .to_vec();
    let global = [0, 1].map(|index| memory::of_global(&subjects[0], index));
    drop(subjects);
    let places = [Place::First, Place::Stepped];
    let hits = [
        (Stub::Ours, &places[..], true),
        (Stub::Ours, &places, false),
        (Stub::Qemus, &places[..1], false),
    ];
    let hits = hits.map(|(stub, places, is_counted)| {
        say(&format!("false hits: {stub:?}"));
        conditions::measure_alone(stub, places, is_counted)
    });
    let hits = hits.concat();
    say("questions to 400 tasks");
    results.looks = looks::measure();
    say("the stub while nobody talks");
    results.budgets =
        budgets::compare(&results, global, regions, &hits, idle::measure());
    results.page()
}

/// Measures one of the systems while the other is halted: both would keep a
/// processor of the host busy all the time.
fn alone<T>(
    subjects: &mut [Subject; 2],
    index: usize,
    measure: impl FnOnce(&mut Subject) -> T,
) -> T {
    let other = 1 - index;
    subjects[other].machine.monitor.stop();
    let measured = measure(&mut subjects[index]);
    subjects[other].machine.monitor.cont();
    measured
}

fn say(what: &str) {
    eprintln!("bench: {what}");
}
