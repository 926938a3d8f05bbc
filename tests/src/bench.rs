//! What our stub costs, measured beside QEMU's own in the same run.
//!
//! `./x bench` runs it all and writes `docs/performance.md`. Bytes and trips
//! are the same in every run; times depend on the host.

pub mod budgets;
pub mod commands;
pub mod conditions;
pub mod idle;
pub mod looks;
pub mod memory;
pub mod packets;
pub mod page;
pub mod sample;
pub mod subject;
pub mod table;
pub mod tap;

use crate::host_cli;
use page::{Results, Section};
use std::thread;
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
        for subject in &subjects {
            say(&format!("{name}: {:?}, unpaced", subject.stub));
            let rows = measure(subject, Pace::Unpaced);
            section.add(subject.stub, Pace::Unpaced, rows);
        }
        say(&format!("{name}: both, paced"));
        // Slow lines leave the host time for both.
        let paced = thread::scope(|scope| {
            let threads = subjects.each_mut().map(|subject| {
                scope.spawn(move || {
                    (subject.stub, measure(subject, Pace::Paced))
                })
            });
            threads.map(|thread| thread.join().expect("it was measured"))
        });
        for (stub, rows) in paced {
            section.add(stub, Pace::Paced, rows);
        }
        match name {
            "single packets" => results.packets = section,
            "memory" => results.memory = section,
            _ => results.commands = section,
        }
    }
    say("regions of a task");
    let tap = subjects[0].line(Pace::Paced);
    let regions = sample::once(tap, || {
        let answer =
            host_cli::json(&tap.near_end(), &["regions", "--task", "1"]);
        assert!(!answer.rows("regions").is_empty());
    });
    let hits = subjects.each_mut().map(|subject| {
        say(&format!("false hits of a condition: {:?}", subject.stub));
        (subject.stub, conditions::measure(subject, Pace::Paced))
    });
    let global = [0, 1].map(|index| memory::of_global(&subjects[0], index));
    drop(subjects);
    say("questions to 400 tasks");
    results.looks = looks::measure(&looks::boot());
    say("the stub while nobody talks");
    results.budgets =
        budgets::compare(&results, global, regions, hits, idle::measure());
    results.page()
}

fn say(what: &str) {
    eprintln!("bench: {what}");
}
