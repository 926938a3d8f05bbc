//! `who`: the owner of a frame, and every task that maps it.
#![doc = manual!("who")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, counted, plain};
use layout::{PAGE_BYTES, PhysAddr, regions};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{FrameRun, Mapping, Table, Thread};

/// The owner of a frame, and every task and address that maps it
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("who"))]
pub struct Args {
    /// A physical address in the frame
    #[arg(value_name = "PHYSICAL", value_parser = crate::numbers::number)]
    physical: u32,
}

#[derive(Serialize)]
struct Owner {
    process: Option<u32>,
    kind: String,
    references: u32,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["mappings", "owner"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let frame = PhysAddr(self.physical).page();
        let number = frame.page_number();
        let target = context.target()?;
        let runs = target.row(Table::Frames, number)?;
        let runs = runs.decode::<FrameRun<'_>>()?;
        let owner = runs.iter().find(|run| covers(run, number)).map(|run| {
            let FrameRun { owner_process: process, references, .. } = *run;
            Owner { process, kind: plain(run.kind), references }
        });
        let mappings = target.rows(Table::Mappings, number)?;
        let mappings = mappings.decode::<Mapping>()?;
        let threads = target.rows(Table::Threads, 0)?;
        let threads = threads.decode::<Thread<'_>>()?;
        let mappings = by_task(&mappings, &threads);
        let outcome = context.answer(
            || json!({"mappings": mappings, "owner": owner}),
            |out| text(out, frame, owner.as_ref(), &mappings),
        );
        Ok(outcome.no_if(mappings.is_empty()))
    }
}

fn covers(run: &FrameRun<'_>, frame: u32) -> bool {
    let first = run.first.page_number();
    frame.checked_sub(first).is_some_and(|offset| offset < run.frames)
}

/// Returns the mappings task by task. The target reports a mapping that all
/// tasks of a process, or of all processes, share only once.
fn by_task(mappings: &[Mapping], threads: &[Thread<'_>]) -> Vec<Mapping> {
    let mut all = Vec::new();
    for mapping in mappings {
        if mapping.task != 0 {
            all.push(*mapping);
            continue;
        }
        let of = threads.iter().filter(|thread| {
            mapping.process == 0 || mapping.process == thread.process
        });
        all.extend(of.map(|thread| {
            let (task, process) = (thread.id, thread.process);
            Mapping { task, process, ..*mapping }
        }));
    }
    all.sort_by_key(|mapping| (mapping.task, mapping.address));
    all.dedup();
    all
}

fn text(
    out: &mut dyn Write,
    frame: PhysAddr,
    owner: Option<&Owner>,
    mappings: &[Mapping],
) -> fmt::Result {
    let last = PhysAddr(frame.0 + (PAGE_BYTES - 1));
    write!(out, "{frame} to {last}: ")?;
    match owner {
        None => writeln!(out, "not managed by the system")?,
        Some(Owner { references: 0, kind, .. }) => writeln!(out, "{kind}")?,
        Some(Owner { process, kind, references }) => {
            match process {
                Some(id) => write!(out, "{kind} of process {id}")?,
                None => write!(out, "{kind} of the system")?,
            }
            writeln!(out, ", {}", counted(*references, "reference"))?;
        }
    }
    if mappings.is_empty() {
        return writeln!(out, "no task maps it");
    }
    let mut table = table::Table::new([
        Right("task"),
        Right("process"),
        Left("address"),
        Left("rights"),
        Left("for"),
        Left("row"),
    ]);
    for Mapping { task, process, address, writable, user } in mappings {
        let rights = if *writable { "read/write" } else { "read only" };
        let ring = if *user { "user" } else { "kernel" };
        let row = regions::region_of(*address);
        let row = row.map_or("outside the table", |row| row.name);
        table.push([task, process, address, &rights, &ring, &row]);
    }
    table.write(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use layout::VirtAddr;
    use wire::rows::State;

    const fn mapping(task: u32, process: u32, address: u32) -> Mapping {
        let address = VirtAddr(address);
        Mapping { task, process, address, writable: true, user: false }
    }

    const fn thread(id: u32, process: u32) -> Thread<'static> {
        Thread {
            id,
            process,
            name: "",
            state: State::Ready,
            waits_for: None,
            eip: VirtAddr(0),
            cr3: PhysAddr(0),
        }
    }

    #[test]
    fn a_mapping_that_tasks_share_is_listed_for_each() {
        let threads = [thread(1, 1), thread(2, 2), thread(5, 2)];
        let reported = [
            mapping(0, 0, 0x0500_0000),
            mapping(5, 2, 0x1000),
            mapping(0, 2, 0x0D00_0000),
        ];
        assert_eq!(
            by_task(&reported, &threads),
            [
                mapping(1, 1, 0x0500_0000),
                mapping(2, 2, 0x0500_0000),
                mapping(2, 2, 0x0D00_0000),
                mapping(5, 2, 0x1000),
                mapping(5, 2, 0x0500_0000),
                mapping(5, 2, 0x0D00_0000),
            ]
        );
    }
}
