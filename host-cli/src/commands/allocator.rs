//! `allocator`: the runs of a tree that memory is allocated from.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/allocator.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::numbers::number;
use crate::output::{Outcome, Report};
use crate::terminal::table::{self, Side, counted, plain};
use layout::{PAGE_BYTES, VirtAddr};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::rows::{AllocatorId, AllocatorRun, Table};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/allocator.txt"));

/// An allocator's tree as runs: pages in use, what for, and free pages
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// frames, global, or process:P: the address space of process P
    #[arg(value_name = "NAME", value_parser = tree)]
    tree: AllocatorId,
}

fn tree(name: &str) -> Result<AllocatorId, String> {
    let process = match name {
        "frames" => return Ok(AllocatorId::Frames),
        "global" => return Ok(AllocatorId::Global),
        name => name.strip_prefix("process:"),
    };
    let process = process.ok_or("write frames, global, or process:P")?;
    match number(process) {
        Ok(0 | u32::MAX) => Err("no process has this id".to_owned()),
        Ok(id) => Ok(AllocatorId::Process(id)),
        Err(error) => Err(error.to_string()),
    }
}

#[derive(Serialize)]
struct Found<'a> {
    allocator: Allocator<'a>,
}

#[derive(Serialize)]
struct Allocator<'a> {
    name: String,
    busy: u64,
    free: u64,
    largest_free: u32,
    runs: Vec<AllocatorRun<'a>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["allocator"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let rows = target.rows(Table::Allocator, self.tree.to_number())?;
        let allocator = Allocator::new(self.tree, rows.decode()?);
        Ok(Outcome::answered(context.form(), &Found { allocator }))
    }
}

impl<'a> Allocator<'a> {
    fn new(tree: AllocatorId, runs: Vec<AllocatorRun<'a>>) -> Self {
        let name = match tree {
            AllocatorId::Frames => "frames".to_owned(),
            AllocatorId::Global => "global".to_owned(),
            AllocatorId::Process(id) => format!("process:{id}"),
        };
        Self {
            name,
            busy: runs.iter().map(|run| u64::from(run.busy)).sum(),
            free: runs.iter().map(|run| u64::from(run.free)).sum(),
            largest_free: runs.iter().map(|run| run.free).max().unwrap_or(0),
            runs,
        }
    }
}

impl Report for Found<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let Allocator { busy, free, largest_free, runs, .. } = &self.allocator;
        let mut table = table::Table::new([
            ("from", Side::Left),
            ("busy pages", Side::Right),
            ("then free", Side::Right),
            ("used for", Side::Left),
        ]);
        for run in runs {
            let is_busy = run.busy > 0;
            table.push([
                VirtAddr(run.start.wrapping_mul(PAGE_BYTES)).to_string(),
                run.busy.to_string(),
                run.free.to_string(),
                if is_busy { plain(run.label) } else { String::new() },
            ]);
        }
        table.write(out)?;
        writeln!(
            out,
            "\n{}: {}, {free} free\nlargest free run: {}",
            counted(runs.len() as u64, "run"),
            counted(*busy, "busy page"),
            counted(*largest_free, "page"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_a_name() {
        assert_eq!(tree("frames"), Ok(AllocatorId::Frames));
        assert_eq!(tree("global"), Ok(AllocatorId::Global));
        assert_eq!(tree("process:0x10"), Ok(AllocatorId::Process(16)));
        for wrong in ["", "frame", "process", "process:", "process:0", "16"] {
            assert!(tree(wrong).is_err(), "{wrong}");
        }
    }
}
