//! `regions`: what is mapped, as runs of pages that are mapped alike.
#![doc = manual!("regions")]

use super::run::Run;
use crate::arguments::SpaceArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::{Answer, Error, NoSuch};
use crate::terminal::table::{HEADING, counted};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr, regions};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::query::{Region, Space};
use wire::rows::{Table, Thread};

/// What is mapped, as runs of pages that are mapped alike
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("regions"))]
pub struct Args {
    #[command(flatten)]
    space: SpaceArgs,
    /// In the address space of every task
    #[arg(long, conflicts_with_all = ["process", "task"])]
    all: bool,
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
                        context.target()?.set_inconsistent();
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        } else {
            let answer = context.target()?.regions(self.space.space())?;
            regions.extend(rows(&answer));
        }
        Ok(context
            .answer(|| json!({"regions": regions}), |out| text(out, &regions)))
    }
}

fn tasks(context: &mut Context) -> Result<Vec<u32>, Failure> {
    let rows = context.target()?.rows(Table::Threads, 0)?;
    let threads = rows.decode::<Thread<'_>>()?;
    Ok(threads.iter().map(|thread| thread.id).collect())
}

fn rows(answer: &Answer<Vec<Region>>) -> impl Iterator<Item = Row> {
    answer.value.iter().map(|region| {
        let start = VirtAddr(region.page * PAGE_BYTES);
        // A run of the whole address space is 0 bytes long.
        let bytes = region.pages.wrapping_mul(PAGE_BYTES);
        Row {
            task: answer.task,
            process: answer.process,
            start,
            last: VirtAddr(start.0.wrapping_add(bytes).wrapping_sub(1)),
            pages: region.pages,
            writable: region.rights & 1 != 0,
            user: region.rights & 2 != 0,
            physical: PhysAddr(region.frame * PAGE_BYTES),
            row: regions::region_of(start).map(|region| region.name),
        }
    })
}

fn text(out: &mut dyn Write, regions: &[Row]) -> fmt::Result {
    let mut task = None;
    let mut name = None;
    for row in regions {
        if task.replace(row.task) != Some(row.task) {
            name = None;
            let (id, process) = (row.task, row.process);
            writeln!(
                out,
                "{HEADING}task {id} of process {process}{HEADING:#}"
            )?;
        }
        let of = row.row.unwrap_or("outside the table");
        if name.replace(of) != Some(of) {
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
