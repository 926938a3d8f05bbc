//! `allocator`: the runs of a tree that memory is allocated from.
#![doc = manual!("allocator")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::numbers::number;
use crate::output::Outcome;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{Table, counted, plain};
use layout::{PAGE_BYTES, VirtAddr};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{self, AllocatorId, AllocatorRun};

/// An allocator's tree as runs: pages in use, what for, and free pages
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("allocator"))]
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
        let rows =
            target.rows(rows::Table::Allocator, self.tree.to_number())?;
        let allocator = Allocator::new(self.tree, rows.decode()?);
        Ok(context.answer(
            || json!({"allocator": allocator}),
            |out| allocator.text(out),
        ))
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

    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let Allocator { busy, free, largest_free, runs, .. } = self;
        let mut table = Table::new([
            Left("from"),
            Right("busy pages"),
            Right("then free"),
            Left("used for"),
        ]);
        for AllocatorRun { start, busy, free, label } in runs {
            let from = VirtAddr(start.wrapping_mul(PAGE_BYTES));
            let label = if *busy > 0 { plain(label) } else { String::new() };
            table.push([&from, busy, free, &label]);
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
