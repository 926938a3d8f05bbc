//! `layout`: the specification's address space, with what is mapped.
#![doc = manual!("layout")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::Answer;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::Table;
use ::layout::{PAGE_BYTES, REGIONS, Region, VirtAddr};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::query::{Region as Pages, Space};

/// The address space as specified, with what the current task has mapped
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("layout"))]
pub struct Args {}

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
        let regions = REGIONS.iter().map(|region| {
            let Region { start, len_bytes, name, added, .. } = *region;
            Row::new(runs, start, len_bytes, name, added)
        });
        let mut rows: Vec<_> = regions.chain(gaps(runs)).collect();
        rows.sort_by_key(|row| row.start);
        Ok(context
            .answer(|| json!({"rows": rows}), |out| text(out, &answer, &rows)))
    }
}

impl Row {
    fn new(
        runs: &[Pages],
        start: VirtAddr,
        bytes: u32,
        name: &'static str,
        added: bool,
    ) -> Self {
        let first = start.page_number();
        let end = first + bytes / PAGE_BYTES;
        let overlap = |run: &Pages| {
            let last = end.min(run.page + run.pages);
            last.saturating_sub(first.max(run.page))
        };
        let mapped_pages = runs.iter().map(overlap).sum();
        Self { start, bytes, name, added, mapped_pages }
    }
}

/// Returns a row for each gap in the table where something is mapped.
fn gaps(runs: &[Pages]) -> impl Iterator<Item = Row> {
    let mut start = VirtAddr(0);
    let gaps = REGIONS.iter().map(move |region| {
        let bytes = region.start.0 - start.0;
        let gap = Row::new(runs, start, bytes, "outside the table", true);
        // Only the last row ends where the address space does.
        start = VirtAddr(region.start.0.wrapping_add(region.len_bytes));
        gap
    });
    gaps.filter(|gap| gap.mapped_pages > 0)
}

fn text(
    out: &mut dyn Write,
    Answer { task, process, .. }: &Answer<Vec<Pages>>,
    rows: &[Row],
) -> fmt::Result {
    writeln!(out, "mapped in task {task} of process {process}:")?;
    let mut table = Table::new([
        Left("start"),
        Right("bytes"),
        Right("pages mapped"),
        Left("row"),
    ]);
    for Row { start, bytes, name, added, mapped_pages } in rows {
        let added = if *added { " (added)" } else { "" };
        let bytes = format!("{bytes:#x}");
        table.push([start, &bytes, mapped_pages, &format!("{name}{added}")]);
    }
    table.write(out)
}
