//! `translate`: from a linear address to its entries and its memory.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/translate.txt")]
#![doc = "```"]

use super::run::Run;
use crate::arguments::{AddressArg, SpaceArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use layout::VirtAddr;
use layout::paging::{Entry, Walk};
use serde::Serialize;
use std::fmt::{self, Write};
use walked::Walked;
use wire::query::Translation;

mod explanation;
mod walked;

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/translate.txt"));

/// From a linear address to its page-table entries and physical address
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
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

#[derive(Serialize)]
struct Translate {
    translation: Walked,
    #[serde(skip)]
    walk: Walk,
    #[serde(skip)]
    explain: bool,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["translation"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let address = VirtAddr(context.address(&self.address)?);
        let target = context.target()?;
        let answer = target.translate(self.space.space(), address)?;
        let walk = walk(address, &answer.value);
        let translation = Walked::new(&walk, &answer);
        let explain = self.explain;
        let report = Translate { translation, walk, explain };
        let is_mapped = walk.physical().is_some();
        Ok(Outcome::answered(context.form(), &report).no_if(|| !is_mapped))
    }
}

fn walk(address: VirtAddr, entries: &Translation) -> Walk {
    Walk {
        address,
        directory_entry: Entry(entries.directory_entry),
        table_entry: entries.table_entry.map(Entry),
    }
}

impl Report for Translate {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        if self.explain {
            return explanation::write(out, &self.walk, &self.translation);
        }
        let Walked { address, process, task, row, pde, pte, .. } =
            &self.translation;
        writeln!(out, "{:<16}  {address}", "linear address")?;
        let row = row.unwrap_or("outside the table");
        writeln!(out, "{:<16}  {row}", "row")?;
        writeln!(out, "{:<16}  task {task} of process {process}", "seen by")?;
        pde.text(out, "directory entry")?;
        if let Some(pte) = pte {
            pte.text(out, "table entry")?;
        }
        match (self.translation.physical, self.translation.reason) {
            (Some(physical), _) => writeln!(
                out,
                "{:<16}  {physical}, in a page of {} KiB",
                "physical address",
                self.translation.page_bytes >> 10,
            ),
            (None, reason) => writeln!(
                out,
                "{:<16}  {}",
                "not mapped",
                reason.unwrap_or_default()
            ),
        }
    }
}
