//! `descriptors`: the GDT, the IDT, and what the TSSes hold.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/descriptors.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::terminal::table::{self, Side, plain};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::rows::{Descriptor, Table};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/descriptors.txt"));

/// The GDT, the IDT, and what the TSSes hold
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Descriptors<'a> {
    descriptors: Vec<Descriptor<'a>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["descriptors"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let rows = context.target()?.rows(Table::Descriptors, 0)?;
        let descriptors = rows.decode()?;
        Ok(Outcome::answered(context.form(), &Descriptors { descriptors }))
    }
}

impl Report for Descriptors<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        for (name, number) in [("GDT", "entry"), ("IDT", "vector")] {
            if name == "IDT" {
                out.write_char('\n')?;
            }
            let mut table = table::Table::new([
                (number, Side::Right),
                ("what", Side::Left),
                ("ring", Side::Right),
                ("selector", Side::Left),
                (name, Side::Left),
            ]);
            let rows = self.descriptors.iter();
            for row in rows.filter(|row| row.table == name) {
                table.push([
                    row.index.to_string(),
                    what(row),
                    row.ring.to_string(),
                    format!("{:#06x}", row.selector),
                    sentence(row),
                ]);
            }
            table.write(out)?;
        }
        Ok(())
    }
}

fn what(row: &Descriptor<'_>) -> String {
    let busy = if row.busy == Some(true) { "busy " } else { "" };
    let absent = if row.present { "" } else { "absent " };
    format!("{absent}{busy}{}", plain(row.kind))
}

/// Returns what a descriptor is for, and what it points to.
fn sentence(row: &Descriptor<'_>) -> String {
    let mut text = plain(row.name);
    let mut add = |part: String| {
        if !text.is_empty() {
            text += ", ";
        }
        text += &part;
    };
    match (row.address, row.limit) {
        (Some(base), Some(limit)) => {
            add(format!("from {base}, limit {limit:#x}"));
        }
        (Some(entry), None) => add(format!("to {entry}")),
        (None, _) => {}
    }
    if let Some(eip) = row.eip {
        add(format!("eip {eip}"));
    }
    match row.link {
        None | Some(0) => {}
        Some(link) => add(format!("interrupted {link:#06x}")),
    }
    text
}
