//! `processes`: the processes, their tasks, and the memory they own.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/processes.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::terminal::table::{self, Side, plain};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::rows::{Ids, Process, Table};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/processes.txt"));

/// The processes, their tasks, and the memory they own
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Processes<'a> {
    processes: Vec<Process<'a>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["processes"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let rows = context.target()?.rows(Table::Processes, 0)?;
        let processes = rows.decode()?;
        Ok(Outcome::answered(context.form(), &Processes { processes }))
    }
}

impl Report for Processes<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let mut table = table::Table::new([
            ("process", Side::Right),
            ("name", Side::Left),
            ("pages", Side::Right),
            ("tasks", Side::Left),
        ]);
        for process in &self.processes {
            table.push([
                process.id.to_string(),
                plain(process.name),
                process.pages.to_string(),
                list(&process.tasks),
            ]);
        }
        table.write(out)
    }
}

fn list(ids: &Ids<'_>) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.to_string()).collect();
    ids.join(" ")
}
