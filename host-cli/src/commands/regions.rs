//! `regions`: what is mapped, as runs of pages that are mapped alike.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/regions.txt")]
#![doc = "```"]

use super::run::Run;
use crate::arguments::SpaceArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::target::{Answer, Error, NoSuch};
use crate::terminal::table::{HEADING, counted};
use layout::runs::Run as Mapping;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr, regions};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::query::{Region, Space};
use wire::rows::{Table, Thread};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/regions.txt"));

/// What is mapped, as runs of pages that are mapped alike
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    #[command(flatten)]
    space: SpaceArgs,
    /// In the address space of every task
    #[arg(long, conflicts_with_all = ["process", "task"])]
    all: bool,
}

#[derive(Serialize)]
struct Regions {
    regions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    task: u32,
    process: u32,
    start: VirtAddr,
    last: VirtAddr,
    pages: u32,
    writable: bool,
    user: bool,
    physical: PhysAddr,
    row: Option<&'static str>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["regions"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let mut regions = Vec::new();
        if self.all {
            for task in tasks(context)? {
                match context.target()?.regions(Space::Task(task)) {
                    Ok(answer) => regions.extend(rows(&answer)),
                    // It ended after the tasks were listed.
                    Err(Error::NoSuch(NoSuch::Task(_))) => {
                        context.set_inconsistent();
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        } else {
            let answer = context.target()?.regions(self.space.space())?;
            regions.extend(rows(&answer));
        }
        Ok(Outcome::answered(context.form(), &Regions { regions }))
    }
}

fn tasks(context: &mut Context) -> Result<Vec<u32>, Failure> {
    let rows = context.target()?.rows(Table::Threads, 0)?;
    let threads = rows.decode::<Thread<'_>>()?;
    Ok(threads.iter().map(|thread| thread.id).collect())
}

fn rows(answer: &Answer<Vec<Region>>) -> impl Iterator<Item = Row> {
    answer.value.iter().map(|region| {
        let run = Mapping {
            start: VirtAddr(region.page * PAGE_BYTES),
            pages: region.pages,
            physical: PhysAddr(region.frame * PAGE_BYTES),
            writable: region.rights & 1 != 0,
            user: region.rights & 2 != 0,
        };
        Row {
            task: answer.task,
            process: answer.process,
            start: run.start,
            last: last(&run),
            pages: run.pages,
            writable: run.writable,
            user: run.user,
            physical: run.physical,
            row: regions::region_of(run.start).map(|region| region.name),
        }
    })
}

/// Returns the last byte's address; [`Mapping::last`] cannot express that
/// of a run of the whole address space.
fn last(run: &Mapping) -> VirtAddr {
    let bytes = run.pages.wrapping_mul(PAGE_BYTES);
    VirtAddr(run.start.0.wrapping_add(bytes).wrapping_sub(1))
}

impl Report for Regions {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let mut task = None;
        let mut name = None;
        for row in &self.regions {
            if task != Some(row.task) {
                task = Some(row.task);
                name = None;
                let (id, process) = (row.task, row.process);
                writeln!(
                    out,
                    "{HEADING}task {id} of process {process}{HEADING:#}"
                )?;
            }
            let of = row.row.unwrap_or("outside the table");
            if name != Some(of) {
                name = Some(of);
                writeln!(out, "  {of}")?;
            }
            let Row { start, last, physical, .. } = row;
            writeln!(
                out,
                "    {start} to {last}  {:<11}  {:<10}  {:<6}  -> {physical}",
                counted(row.pages, "page"),
                if row.writable { "read/write" } else { "read only" },
                if row.user { "user" } else { "kernel" },
            )?;
        }
        Ok(())
    }
}
