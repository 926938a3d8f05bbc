//! `translate`: from a linear address to its entries and its memory.
#![doc = manual!("translate")]

use super::run::Run;
use crate::arguments::{AddressArg, SpaceArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::naming::Naming;
use crate::output::Outcome;
use layout::VirtAddr;
use layout::paging::{Entry, Walk};
use serde_json::json;
use std::fmt::{self, Write};
use walked::Walked;
use wire::query::Translation;

mod explanation;
mod walked;

/// From a linear address to its page-table entries and physical address
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("translate"))]
pub struct Args {
    /// A linear address: a number, or a symbol of an image
    #[arg(value_name = "ADDR")]
    address: AddressArg,
    #[command(flatten)]
    space: SpaceArgs,
    /// Explain the walk in sentences
    #[arg(long)]
    explain: bool,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["translation"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let address = VirtAddr(context.address(&self.address)?);
        let target = context.target()?;
        let answer = target.translate(self.space.space(), address)?;
        let slot = target.recursive_slot()?;
        let naming = context.naming()?;
        let walk = walk(address, &answer.value);
        let walked = Walked::new(&walk, &answer, slot, &naming);
        let outcome = context.answer(
            || json!({"translation": walked}),
            |out| match self.explain {
                true => explanation::write(out, &walk, &walked, &naming),
                false => text(out, &walked, &naming),
            },
        );
        Ok(outcome.no_if(walk.physical().is_none()))
    }
}

fn walk(address: VirtAddr, entries: &Translation) -> Walk {
    Walk {
        address,
        directory_entry: Entry(entries.directory_entry),
        table_entry: entries.table_entry.map(Entry),
    }
}

fn text(out: &mut dyn Write, walked: &Walked, naming: &Naming) -> fmt::Result {
    let Walked { address, whose, pde, pte, .. } = walked;
    writeln!(out, "{:<16}  {address}", "linear address")?;
    if let Some(row) = naming.name_of(*address) {
        writeln!(out, "{:<16}  {row}", "row")?;
    }
    writeln!(out, "{:<16}  {whose}", "seen by")?;
    pde.text(out, "directory entry")?;
    if let Some(pte) = pte {
        pte.text(out, "table entry")?;
    }
    match (walked.physical, walked.reason) {
        (Some(physical), _) => writeln!(
            out,
            "{:<16}  {physical}, in a page of {} KiB",
            "physical address",
            walked.page_bytes >> 10,
        ),
        (None, reason) => {
            writeln!(
                out,
                "{:<16}  {}",
                "not mapped",
                reason.unwrap_or_default()
            )
        }
    }
}
