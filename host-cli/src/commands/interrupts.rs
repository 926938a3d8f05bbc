//! `interrupts`: the lines of the interrupt controllers, and the timer.
#![doc = manual!("interrupts")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::Error;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, plain};
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{InterruptLine, Table};

/// The lines of the interrupt controllers, and the timer
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("interrupts"))]
pub struct Args {}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["interrupts", "timer"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let rows = target.rows(Table::Interrupts, 0)?;
        let lines = rows.decode::<InterruptLine<'_>>()?;
        let greeting = target.hello()?;
        let hello = greeting.hello()?.ok_or(Error::Unsupported)?;
        let (ticks, rate) = (hello.ticks, hello.ticks_per_second);
        Ok(context.answer(
            || {
                json!({
                    "interrupts": lines,
                    "timer": {"ticks": ticks, "ticks_per_second": rate},
                })
            },
            |out| {
                text(out, &lines)?;
                writeln!(out, "the timer is at tick {ticks}, {rate} a second")
            },
        ))
    }
}

fn text(out: &mut dyn Write, lines: &[InterruptLine<'_>]) -> fmt::Result {
    let mut table = table::Table::new([
        Right("line"),
        Left("vector"),
        Right("count"),
        Left("state"),
        Left("served by"),
    ]);
    for row in lines {
        let state = [
            (row.in_service, "in service"),
            (row.pending, "pending"),
            (row.masked, "masked"),
        ];
        let state = state.into_iter().filter(|(is, _)| *is);
        let state: Vec<_> = state.map(|(_, word)| word).collect();
        let vector = format!("{:#04x}", row.vector);
        let by = row.served_by.map_or_else(String::new, plain);
        let InterruptLine { line, count, .. } = row;
        table.push([line, &vector, count, &state.join(", "), &by]);
    }
    table.write(out)
}
