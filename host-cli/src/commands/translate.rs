//! `translate`: from an address to what stands behind it.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/translate.txt")]
#![doc = "```"]

use crate::arguments::Whose;
use crate::commands::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::numbers::Place;
use crate::output::{Outcome, Report};
use crate::target::Answer;
use layout::paging::{self, Entry, Flags, Walk};
use layout::{PhysAddr, VirtAddr, regions};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::query::Translation;

mod explanation;

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/translate.txt"));

/// From a linear address to its page-table entries and physical address
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// A linear address: a number, or a symbol of an image
    #[arg(value_name = "ADDR")]
    address: Place,
    #[command(flatten)]
    whose: Whose,
    /// Tell the walk in sentences
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

#[derive(Serialize)]
struct Walked {
    address: VirtAddr,
    process: u32,
    task: u32,
    row: Option<&'static str>,
    mapped: bool,
    physical: Option<PhysAddr>,
    page_bytes: u32,
    reason: Option<&'static str>,
    pde: EntrySeen,
    pte: Option<EntrySeen>,
}

/// An entry, and where it stands in the page-table window.
#[derive(Serialize)]
struct EntrySeen {
    index: usize,
    address: VirtAddr,
    value: PhysAddr,
    flags: Flags,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["translation"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let address = VirtAddr(context.address(&self.address)?);
        let target = context.target()?;
        let answer = target.translate(self.whose.space(), address)?;
        let walk = walk(address, &answer.value);
        let translation = Walked::new(&walk, &answer);
        let explain = self.explain;
        let report = Translate { translation, walk, explain };
        let is_mapped = walk.physical().is_some();
        Ok(Outcome::answered(context, &report).or_no(|| !is_mapped))
    }
}

fn walk(address: VirtAddr, entries: &Translation) -> Walk {
    Walk {
        address,
        directory_entry: Entry(entries.directory_entry),
        table_entry: entries.table_entry.map(Entry),
    }
}

impl Walked {
    fn new(walk: &Walk, answer: &Answer<Translation>) -> Self {
        let address = walk.address;
        let physical = walk.physical();
        let reason = match (physical, walk.table_entry) {
            (Some(_), _) => None,
            (None, None) => Some("the directory entry is not present"),
            (None, Some(_)) => Some("the table entry is not present"),
        };
        Self {
            address,
            process: answer.process,
            task: answer.task,
            row: regions::region_of(address).map(|region| region.name),
            mapped: physical.is_some(),
            physical,
            page_bytes: walk.page_bytes(),
            reason,
            pde: EntrySeen::new(
                paging::directory_index(address),
                paging::directory_entry_address(address),
                walk.directory_entry,
            ),
            pte: walk.table_entry.map(|entry| {
                EntrySeen::new(
                    paging::table_index(address),
                    paging::table_entry_address(address),
                    entry,
                )
            }),
        }
    }
}

impl EntrySeen {
    const fn new(index: usize, address: VirtAddr, entry: Entry) -> Self {
        // An entry is a frame's address with flags in its low bits.
        let value = PhysAddr(entry.0);
        Self { index, address, value, flags: Flags(entry.0) }
    }

    fn text(&self, out: &mut dyn Write, name: &str) -> fmt::Result {
        let Self { index, address, value, flags } = self;
        writeln!(
            out,
            "{name:<16}  {value}, number {index}, seen at {address}"
        )?;
        let names: Vec<_> = flags.names().collect();
        let names = match names.is_empty() {
            true => "no flags".to_owned(),
            false => names.join(" "),
        };
        writeln!(out, "{:<16}  {names}", "")
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
