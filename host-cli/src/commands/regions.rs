//! `regions`: what is mapped, as runs of pages that are mapped alike.
#![doc = manual!("regions")]

use super::run::Run;
use crate::arguments::SpaceArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::naming::Naming;
use crate::output::Outcome;
use crate::target::{Answer, Error, NoSuch};
use crate::terminal::table::{HEADING, counted};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
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
    task: Option<u32>,
    process: Option<u32>,
    start: VirtAddr,
    last: VirtAddr,
    pages: u32,
    writable: bool,
    user: bool,
    physical: PhysAddr,
    row: Option<String>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["regions"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let mut answers = Vec::new();
        if self.all {
            for task in tasks(context)? {
                match context.target()?.regions(Space::Task(task)) {
                    Ok(answer) => answers.push(answer),
                    // It ended after the tasks were listed.
                    Err(Error::NoSuch(NoSuch::Task(_))) => {
                        context.target()?.set_inconsistent();
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        } else {
            answers.push(context.target()?.regions(self.space.space())?);
        }
        let naming = context.naming()?;
        let all = || answers.iter().flat_map(|answer| rows(answer, &naming));
        Ok(context.answer(
            || json!({"regions": all().collect::<Vec<_>>()}),
            |out| text(out, &answers, &naming),
        ))
    }
}

fn tasks(context: &mut Context) -> Result<Vec<u32>, Failure> {
    let rows = context.target()?.rows(Table::Threads, 0)?;
    let threads = rows.decode::<Thread<'_>>()?;
    Ok(threads.iter().map(|thread| thread.id).collect())
}

fn rows(answer: &Answer<Vec<Region>>, naming: &Naming) -> Vec<Row> {
    let mut rows = Vec::new();
    for region in &answer.value {
        let (mut page, mut frame) = (region.page, region.frame);
        let mut left = region.pages;
        while left > 0 {
            let start = VirtAddr(page * PAGE_BYTES);
            // Of another kernel, a run may go on from one row to the next.
            let in_row = naming.last_alike(start).page_number() - page + 1;
            let pages = left.min(in_row);
            rows.push(Row {
                task: answer.task,
                process: answer.process,
                start,
                last: VirtAddr(
                    start.0 + (pages.wrapping_mul(PAGE_BYTES).wrapping_sub(1)),
                ),
                pages,
                writable: region.rights & 1 != 0,
                user: region.rights & 2 != 0,
                physical: PhysAddr(frame * PAGE_BYTES),
                row: naming.row_of(start).map(|row| row.name.clone()),
            });
            (page, frame, left) = (page + pages, frame + pages, left - pages);
        }
    }
    rows
}

fn text(
    out: &mut dyn Write,
    answers: &[Answer<Vec<Region>>],
    naming: &Naming,
) -> fmt::Result {
    for answer in answers {
        let whose = answer.whose();
        writeln!(out, "{HEADING}{whose}{HEADING:#}")?;
        let mut name = None;
        for row in rows(answer, naming) {
            let of = naming.name_of(row.start);
            if name != of {
                name = of;
                writeln!(out, "  {}", of.unwrap_or_default())?;
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
    }
    Ok(())
}
