//! `layout`: the specification's address space, with what is mapped.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/layout.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::terminal::table::{Side, Table};
use ::layout::{PAGE_BYTES, REGIONS, VirtAddr};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::query::{Region as Pages, Space};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/layout.txt"));

/// The address space as specified, with what the current task has mapped
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Layout {
    rows: Vec<Row>,
    #[serde(skip)]
    task: u32,
    #[serde(skip)]
    process: u32,
}

#[derive(Serialize)]
struct Row {
    start: VirtAddr,
    bytes: u32,
    name: &'static str,
    added: bool,
    mapped_pages: u32,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["rows"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let answer = context.target()?.regions(Space::Current)?;
        let runs = &answer.value;
        let mut rows: Vec<_> = REGIONS
            .iter()
            .map(|region| Row {
                start: region.start,
                bytes: region.len_bytes,
                name: region.name,
                added: region.added,
                mapped_pages: mapped(
                    runs,
                    region.start.page_number(),
                    region.pages(),
                ),
            })
            .collect();
        rows.extend(gaps(runs));
        rows.sort_by_key(|row| row.start);
        let (task, process) = (answer.task, answer.process);
        Ok(Outcome::answered(context.form(), &Layout { rows, task, process }))
    }
}

/// Returns how many pages of `runs` are among the `pages` from `first`.
fn mapped(runs: &[Pages], first: u32, pages: u32) -> u32 {
    let overlap = |run: &Pages| {
        let start = run.page.max(first);
        let end = (run.page + run.pages).min(first + pages);
        end.saturating_sub(start)
    };
    runs.iter().map(overlap).sum()
}

/// Returns a row for each gap in the table where something is mapped.
fn gaps(runs: &[Pages]) -> Vec<Row> {
    let mut gaps = Vec::new();
    let mut first = 0;
    for region in &REGIONS {
        let next = region.start.page_number();
        gaps.push((first, next - first));
        first = next + region.pages();
    }
    let row = |(first, pages)| Row {
        start: VirtAddr(first * PAGE_BYTES),
        bytes: pages * PAGE_BYTES,
        name: "outside the table",
        added: true,
        mapped_pages: mapped(runs, first, pages),
    };
    let rows = gaps.into_iter().filter(|(_, pages)| *pages > 0).map(row);
    rows.filter(|row| row.mapped_pages > 0).collect()
}

impl Report for Layout {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        writeln!(
            out,
            "mapped in task {} of process {}:",
            self.task, self.process
        )?;
        let mut table = Table::new([
            ("start", Side::Left),
            ("bytes", Side::Right),
            ("pages mapped", Side::Right),
            ("row", Side::Left),
        ]);
        for row in &self.rows {
            let added = if row.added { " (added)" } else { "" };
            table.push([
                row.start.to_string(),
                format!("{:#x}", row.bytes),
                row.mapped_pages.to_string(),
                format!("{}{added}", row.name),
            ]);
        }
        table.write(out)
    }
}
