//! `descriptors`: the GDT, the IDT, and what the TSSes hold.
#![doc = manual!("descriptors")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{Table, plain};
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{self, Descriptor};

/// The GDT, the IDT, and what the TSSes hold
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("descriptors"))]
pub struct Args {}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["descriptors"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let rows = context.target()?.rows(rows::Table::Descriptors, 0)?;
        let descriptors = rows.decode::<Descriptor<'_>>()?;
        Ok(context.answer(
            || json!({"descriptors": descriptors}),
            |out| text(out, &descriptors),
        ))
    }
}

fn text(out: &mut dyn Write, rows: &[Descriptor<'_>]) -> fmt::Result {
    for (name, number) in [("GDT", "entry"), ("IDT", "vector")] {
        if name == "IDT" {
            out.write_char('\n')?;
        }
        let mut table = Table::new([
            Right(number),
            Left("what"),
            Right("ring"),
            Left("selector"),
            Left(name),
        ]);
        for row in rows.iter().filter(|row| row.table == name) {
            let Descriptor { index, ring, selector, .. } = row;
            let selector = format!("{selector:#06x}");
            table.push([index, &what(row), ring, &selector, &sentence(row)]);
        }
        table.write(out)?;
    }
    Ok(())
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
