//! `who`: the owner of a frame, and every task that maps it.
#![doc = manual!("who")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::naming::Naming;
use crate::output::Outcome;
use crate::target::{Error, InSpace};
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, counted, plain};
use layout::{PAGE_BYTES, PhysAddr};
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
    /// Look in the space of this page directory, too, by its physical address;
    /// for a kernel behind a GDB stub that knows no tasks. May be repeated
    #[arg(
        long = "directory",
        value_name = "ADDR",
        value_parser = crate::numbers::number
    )]
    directories: Vec<u32>,
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
        let runs = match target.row(Table::Frames, number) {
            Err(Error::Unknown(_)) => return self.by_directory(context, frame),
            runs => runs?,
        };
        if !self.directories.is_empty() {
            return Err(Failure::usage(
                "--directory is for kernels that tell no tasks; this one looks \
                 in all spaces by itself",
            ));
        }
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
        let naming = context.naming()?;
        let outcome = context.answer(
            || json!({"mappings": mappings, "owner": owner}),
            |out| text(out, frame, owner.as_ref(), &mappings, &naming),
        );
        Ok(outcome.no_if(mappings.is_empty()))
    }
}

impl Args {
    /// Looks in the spaces whose directories are known.
    fn by_directory(
        &self,
        context: &mut Context,
        frame: PhysAddr,
    ) -> Result<Outcome, Failure> {
        let found = context
            .target()?
            .mappings_by_directory(frame.page_number(), &self.directories)?;
        let naming = context.naming()?;
        let members = found.iter().map(|InSpace { directory, mapping }| {
            json!({
                "directory": directory,
                "task": null,
                "process": null,
                "address": mapping.address,
                "writable": mapping.writable,
                "user": mapping.user,
            })
        });
        let members = || members.collect::<Vec<_>>();
        let outcome = context.answer(
            || json!({"mappings": members(), "owner": null}),
            |out| spaces(out, frame, &found, &naming),
        );
        Ok(outcome.no_if(found.is_empty()))
    }
}

fn spaces(
    out: &mut dyn Write,
    frame: PhysAddr,
    found: &[InSpace],
    naming: &Naming,
) -> fmt::Result {
    let last = PhysAddr(frame.0 + (PAGE_BYTES - 1));
    writeln!(out, "{frame} to {last}, in the spaces that are known:")?;
    if found.is_empty() {
        return writeln!(out, "not mapped");
    }
    let mut table = table::Table::new([
        Left("directory"),
        Left("address"),
        Left("rights"),
        Left("for"),
        Left("row"),
    ]);
    for InSpace { directory, mapping } in found {
        let (rights, ring) = in_words(mapping);
        let address = mapping.address;
        let row = naming.name_of(address).unwrap_or_default();
        table.push([directory, &address, &rights, &ring, &row]);
    }
    table.write(out)
}

/// Returns what may be done through a mapping, and by whom.
const fn in_words(mapping: &Mapping) -> (&'static str, &'static str) {
    let rights = if mapping.writable { "read/write" } else { "read only" };
    (rights, if mapping.user { "user" } else { "kernel" })
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
    naming: &Naming,
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
    for mapping in mappings {
        let Mapping { task, process, address, .. } = mapping;
        let (rights, ring) = in_words(mapping);
        let row = naming.name_of(*address).unwrap_or_default();
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
