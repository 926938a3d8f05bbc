//! `ports`: the I/O ports in use, and the process that owns each.
#![doc = manual!("ports")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, plain};
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{PortRange, Process, Table};

/// The I/O ports in use, and the process that owns each
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("ports"))]
pub struct Args {}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["ports"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let ports = target.rows(Table::Ports, 0)?;
        let processes = target.rows(Table::Processes, 0)?;
        let mut ports = ports.decode::<PortRange>()?;
        ports.sort_by_key(|range| range.first);
        let processes = processes.decode::<Process<'_>>()?;
        Ok(context.answer(
            || json!({"ports": ports}),
            |out| text(out, &ports, &processes),
        ))
    }
}

fn text(
    out: &mut dyn Write,
    ports: &[PortRange],
    processes: &[Process<'_>],
) -> fmt::Result {
    let columns = [Left("first"), Left("last"), Right("process"), Left("name")];
    let mut table = table::Table::new(columns);
    for PortRange { first, last, process } in ports {
        let owner = processes.iter().find(|owner| owner.id == *process);
        let name = owner.map_or_else(String::new, |owner| plain(owner.name));
        let [first, last] = [first, last].map(|port| format!("{port:#06x}"));
        table.push([&first, &last, process, &name]);
    }
    table.write(out)
}
