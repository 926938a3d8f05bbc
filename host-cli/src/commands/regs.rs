//! `regs`: a task's registers, with names for their bits.
#![doc = manual!("regs")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::symbols::{Images, SymbolOffset};
use crate::target::{Rows, Target};
use layout::VirtAddr;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::fmt::{self, Write};
use wire::i386::{self, Kind, Register};
use wire::rows::{Process, Table};

/// A task's registers
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("regs"))]
pub struct Args {
    /// The task; the current one by default
    #[arg(long, value_name = "T", value_parser = crate::numbers::number)]
    task: Option<u32>,
}

#[derive(Serialize)]
struct Registers {
    task: u32,
    process: u32,
    general: Values,
    system: Values,
}

/// Registers of a table with their values, in the table's order.
struct Values(Vec<(&'static Register, u32)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // Printed like addresses: eight digits after 0x.
        let shown = |(register, value): &(&'static Register, u32)| {
            (register.name, VirtAddr(*value))
        };
        to.collect_map(self.0.iter().map(shown))
    }
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["registers"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let images = context.symbols()?;
        let target = context.target()?;
        let answer = target.registers(self.task)?;
        let values = |table: &'static [Register], values: &[u32]| {
            Values(table.iter().zip(values.iter().copied()).collect())
        };
        let registers = Registers {
            task: answer.task,
            process: answer.process,
            general: values(&i386::GENERAL, &answer.value.general),
            system: values(&i386::SYSTEM, &answer.value.system),
        };
        let eip = answer.value.general[i386::general::EIP];
        let symbol = name(target, &images, answer.process, eip)?;
        Ok(context.answer(
            || json!({"registers": registers}),
            |out| text(out, &registers, symbol),
        ))
    }
}

fn name<'i>(
    target: &mut Target,
    images: &'i Images,
    process: u32,
    eip: u32,
) -> Result<Option<SymbolOffset<'i>>, Failure> {
    let rows = match images.is_empty() {
        true => Rows::default(),
        false => target.row(Table::Processes, process)?,
    };
    let processes = rows.decode::<Process<'_>>()?;
    let process = processes.iter().find(|p| p.id == process);
    Ok(images.name(eip, process.map(|process| process.name)))
}

fn text(
    out: &mut dyn Write,
    Registers { task, process, general, system }: &Registers,
    symbol: Option<SymbolOffset<'_>>,
) -> fmt::Result {
    writeln!(out, "task {task} of process {process}")?;
    for (register, value) in general.0.iter().chain(&system.0) {
        write!(out, "{:<6}  {value:#010x}", register.name)?;
        match (register.kind, symbol) {
            (Kind::Flags(names), _) => bits(out, names, *value)?,
            (Kind::Code, Some(symbol)) => write!(out, "  {symbol}")?,
            _ => {}
        }
        out.write_char('\n')?;
    }
    Ok(())
}

fn bits(out: &mut dyn Write, names: &[(&str, u8)], value: u32) -> fmt::Result {
    let set = names.iter().filter(|(_, bit)| value >> bit & 1 != 0);
    let set: Vec<_> = set.map(|(name, _)| *name).collect();
    match set.is_empty() {
        true => Ok(()),
        false => write!(out, "  {}", set.join(" ")),
    }
}
