//! `processes`: the processes, their tasks, and the memory they own.
#![doc = manual!("processes")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, plain};
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{Ids, Process, Table};

/// The processes, their tasks, and the memory they own
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("processes"))]
pub struct Args {}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["processes"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let rows = context.target()?.rows(Table::Processes, 0)?;
        let processes = rows.decode::<Process<'_>>()?;
        Ok(context.answer(
            || json!({"processes": processes}),
            |out| text(out, &processes),
        ))
    }
}

fn text(out: &mut dyn Write, processes: &[Process<'_>]) -> fmt::Result {
    let mut table = table::Table::new([
        Right("process"),
        Left("name"),
        Right("image"),
        Right("pages"),
        Left("tasks"),
    ]);
    for Process { id, name, image, pages, tasks } in processes {
        let image = image.map_or_else(String::new, |id| id.to_string());
        table.push([id, &plain(name), &image, pages, &list(tasks)]);
    }
    table.write(out)
}

fn list(ids: &Ids<'_>) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.to_string()).collect();
    ids.join(" ")
}
