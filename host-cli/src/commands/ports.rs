//! `ports`: the I/O ports in use, and the process that owns each.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/ports.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::terminal::table::{self, Side, plain};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::rows::{PortRange, Process, Table};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/ports.txt"));

/// The I/O ports in use, and the process that owns each
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Ports<'a> {
    ports: Vec<PortRange>,
    #[serde(skip)]
    processes: Vec<Process<'a>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["ports"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let ports = target.rows(Table::Ports, 0)?;
        let processes = target.rows(Table::Processes, 0)?;
        let mut ports = ports.decode::<PortRange>()?;
        ports.sort_by_key(|range| range.first);
        let processes = processes.decode()?;
        Ok(Outcome::answered(context.form(), &Ports { ports, processes }))
    }
}

impl Report for Ports<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let mut table = table::Table::new([
            ("first", Side::Left),
            ("last", Side::Left),
            ("process", Side::Right),
            ("name", Side::Left),
        ]);
        for PortRange { first, last, process } in &self.ports {
            let owner = self.processes.iter().find(|p| p.id == *process);
            table.push([
                format!("{first:#06x}"),
                format!("{last:#06x}"),
                process.to_string(),
                owner.map_or_else(String::new, |owner| plain(owner.name)),
            ]);
        }
        table.write(out)
    }
}
