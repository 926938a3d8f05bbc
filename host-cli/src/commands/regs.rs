//! `regs`: a task's registers, with names for their bits.
#![doc = manual!("regs")]

mod floats;

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::symbols::{Images, SymbolOffset};
use crate::target::{Answer, Rows, Target};
use layout::VirtAddr;
use serde_json::{Value, json};
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
    /// The x87 and SSE registers, too
    #[arg(long)]
    all: bool,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["registers"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let images = context.symbols()?;
        let target = context.target()?;
        let answer = target.registers(self.task)?;
        // Of the same task, whoever runs by now.
        let floats = match self.all {
            true => Some(target.float_registers(answer.task)?.value),
            false => None,
        };
        let whose = answer.whose();
        let Answer { task, process, value } = answer;
        let general = || i386::GENERAL.iter().zip(value.general);
        let system = || i386::SYSTEM.iter().zip(value.system);
        let eip = value.general[i386::general::EIP];
        let symbol = match eip {
            Some(eip) => name(target, &images, process, eip)?,
            None => None,
        };
        Ok(context.answer(
            || {
                let mut registers = json!({
                    "task": task,
                    "process": process,
                    "general": members(general()),
                    "system": members(system()),
                });
                if let Some(floats) = &floats {
                    registers["x87"] = floats::x87_members(floats);
                    registers["sse"] = floats::sse_members(floats);
                }
                json!({"registers": registers})
            },
            |out| {
                writeln!(out, "{whose}")?;
                text(out, general().chain(system()), symbol)?;
                floats.iter().try_for_each(|it| floats::text(out, it))
            },
        ))
    }
}

fn name<'i>(
    target: &mut Target,
    images: &'i Images,
    process: Option<u32>,
    eip: u32,
) -> Result<Option<SymbolOffset<'i>>, Failure> {
    let rows = match process {
        Some(id) if !images.is_empty() => target.row(Table::Processes, id)?,
        _ => Rows::default(),
    };
    let processes = rows.decode::<Process<'_>>()?;
    let process = processes.iter().find(|p| Some(p.id) == process);
    Ok(images.name(eip, process.and_then(|process| process.image)))
}

/// A register, and what it holds if the target tells.
type Named = (&'static Register, Option<u32>);

fn members(values: impl Iterator<Item = Named>) -> Value {
    // Printed like addresses: eight digits after 0x.
    let member =
        |(register, value): Named| (register.name, json!(value.map(VirtAddr)));
    values.map(member).collect()
}

fn text(
    out: &mut dyn Write,
    values: impl Iterator<Item = Named>,
    symbol: Option<SymbolOffset<'_>>,
) -> fmt::Result {
    for (register, value) in values {
        let Some(value) = value else {
            writeln!(out, "{:<6}  not told", register.name)?;
            continue;
        };
        write!(out, "{:<6}  {value:#010x}", register.name)?;
        match (register.kind, symbol) {
            (Kind::Flags(names), _) => bits(out, names, value)?,
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
