//! `layout`: the specification's address space, with what is mapped.
#![doc = manual!("layout")]

use super::run::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::naming::{Naming, OUTSIDE};
use crate::output::Outcome;
use crate::target::Answer;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::Table;
use ::layout::VirtAddr;
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::query::{Region as Pages, Space};

const EXAMPLE: &str = concat!(
    "The rows are the specification's, or, of another kernel, those of the \
     file that --layout names:\n\n  [[row]]\n  name = \"kernel\"\n  start = \
     0xc0000000\n  bytes = 0x400000\n  holds = \"Its code and data.\" # if you \
     like\n\n",
    example!("layout")
);

/// The address space as specified, with what the current task has mapped
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Row<'n> {
    start: VirtAddr,
    bytes: u32,
    name: &'n str,
    added: bool,
    mapped_pages: u32,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["rows"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let answer = context.target()?.regions(Space::Current)?;
        let runs = &answer.value;
        let naming = context.naming()?;
        if naming.is_empty() {
            return Err(Failure::new(
                Kind::Refused,
                "the rows of this kernel's address space are not known",
            )
            .hint("a file of them: --layout FILE, see layout --help"));
        }
        let named = naming.rows().iter().map(|row| {
            let after = row.last.0.wrapping_add(1);
            Row::new(runs, row.start, after, &row.name, row.added)
        });
        let mut rows: Vec<_> = named.chain(gaps(runs, &naming)).collect();
        rows.sort_by_key(|row| row.start);
        Ok(context
            .answer(|| json!({"rows": rows}), |out| text(out, &answer, &rows)))
    }
}

impl<'n> Row<'n> {
    /// Returns the row from `start` to before `after`, which is 0 at the end
    /// of the address space.
    fn new(
        runs: &[Pages],
        start: VirtAddr,
        after: u32,
        name: &'n str,
        added: bool,
    ) -> Self {
        let bytes = after.wrapping_sub(start.0);
        let first = start.page_number();
        let end = VirtAddr(after.wrapping_sub(1)).page_number() + 1;
        let overlap = |run: &Pages| {
            let last = end.min(run.page + run.pages);
            last.saturating_sub(first.max(run.page))
        };
        let mapped_pages = runs.iter().map(overlap).sum();
        Self { start, bytes, name, added, mapped_pages }
    }
}

/// Returns a row for each gap in the table where something is mapped.
fn gaps<'n>(
    runs: &[Pages],
    naming: &'n Naming,
) -> impl Iterator<Item = Row<'n>> {
    let mut start = Some(VirtAddr(0));
    let ends = naming.rows().iter().map(|row| (row.start.0, Some(row.last)));
    let gaps = ends.chain([(0, None)]).filter_map(move |(end, last)| {
        let from = start?;
        // None behind a row that ends where the address space does.
        let next = last.and_then(|last| last.0.checked_add(1));
        start = next.map(VirtAddr);
        let is_gap = from.0 != end || last.is_none();
        is_gap.then(|| Row::new(runs, from, end, OUTSIDE, true))
    });
    gaps.filter(|gap| gap.mapped_pages > 0)
}

fn text(
    out: &mut dyn Write,
    answer: &Answer<Vec<Pages>>,
    rows: &[Row<'_>],
) -> fmt::Result {
    writeln!(out, "mapped in {}:", answer.whose())?;
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
