//! `frames`: physical memory by owner and use.
#![doc = manual!("frames")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::Rows;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{Table, counted, plain};
use layout::PAGE_BYTES;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use wire::rows::{self, FrameRun, Process};

/// Physical memory by owner and use
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("frames"))]
pub struct Args {}

/// The number of frames of each sort.
#[derive(Serialize, Default, PartialEq, Eq, Debug)]
struct Totals {
    frames: u32,
    free: u32,
    reserved: u32,
    system: u32,
    processes: u32,
    shared: u32,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["frames", "totals"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let is_text = context.is_text();
        let target = context.target()?;
        let rows = target.rows(rows::Table::Frames, 0)?;
        let frames = joined(rows.decode()?);
        let totals = Totals::of(&frames);
        let processes = match is_text {
            true => target.rows(rows::Table::Processes, 0)?,
            false => Rows::default(),
        };
        let processes = processes.decode::<Process<'_>>()?;
        Ok(context.answer(
            || json!({"frames": frames, "totals": totals}),
            |out| text(out, &frames, &totals, &processes),
        ))
    }
}

/// Joins the runs that the target cut because its time was up.
fn joined(runs: Vec<FrameRun<'_>>) -> Vec<FrameRun<'_>> {
    let mut joined: Vec<FrameRun<'_>> = Vec::new();
    for run in runs {
        if let Some(last) = joined.last_mut() {
            let bytes = last.frames.wrapping_mul(PAGE_BYTES);
            let meets = last.first.0.wrapping_add(bytes) == run.first.0;
            let (first, frames) = (last.first, last.frames);
            if meets && *last == (FrameRun { first, frames, ..run }) {
                last.frames = last.frames.saturating_add(run.frames);
                continue;
            }
        }
        joined.push(run);
    }
    joined
}

impl Totals {
    fn of(runs: &[FrameRun<'_>]) -> Self {
        let mut totals = Self::default();
        for run in runs {
            let sort = match (run.references, run.owner_process, run.kind) {
                (0, ..) => &mut totals.free,
                (_, Some(_), _) => &mut totals.processes,
                (_, None, "reserved") => &mut totals.reserved,
                (_, None, _) => &mut totals.system,
            };
            *sort = sort.saturating_add(run.frames);
            totals.frames = totals.frames.saturating_add(run.frames);
            if run.references > 1 {
                totals.shared = totals.shared.saturating_add(run.frames);
            }
        }
        totals
    }
}

fn text(
    out: &mut dyn Write,
    runs: &[FrameRun<'_>],
    totals: &Totals,
    processes: &[Process<'_>],
) -> fmt::Result {
    let mut groups = BTreeMap::new();
    for run in runs.iter().filter(|run| run.references > 0) {
        let group = (run.owner_process, run.kind);
        let (frames, most) = groups.entry(group).or_insert((0_u64, 0));
        *frames += u64::from(run.frames);
        *most = run.references.max(*most);
    }
    let mut table = Table::new([
        Left("owner"),
        Left("kind"),
        Right("frames"),
        Right("references"),
    ]);
    let mut before = None;
    for ((id, kind), (frames, most)) in groups {
        let is_new = before.replace(id) != Some(id);
        let owner = if is_new { owner(id, processes) } else { String::new() };
        table.push([&owner, &plain(kind), &frames, &most]);
    }
    table.write(out)?;
    let Totals { frames, free, reserved, system, processes, shared } = totals;
    writeln!(
        out,
        "\n{}: {free} free, {reserved} reserved, {system} owned by the \
         system, {processes} by\nprocesses; {shared} with more than one \
         reference",
        counted(*frames, "frame"),
    )
}

fn owner(id: Option<u32>, processes: &[Process<'_>]) -> String {
    let Some(id) = id else { return "the system".to_owned() };
    match processes.iter().find(|process| process.id == id) {
        Some(process) => format!("process {id} ({})", plain(process.name)),
        None => format!("process {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use layout::PhysAddr;
    use proptest::prelude::*;

    const KINDS: [(Option<u32>, &str, u32); 5] = [
        (None, "free", 0),
        (None, "reserved", 1),
        (None, "records", 1),
        (Some(2), "segment", 1),
        (Some(2), "shared window", 3),
    ];

    fn runs(list: &[(usize, u32)]) -> Vec<FrameRun<'static>> {
        let mut first = 0;
        let run = |&(kind, frames): &(usize, u32)| {
            let (owner_process, kind, references) = KINDS[kind];
            let at = PhysAddr(first * PAGE_BYTES);
            first += frames;
            FrameRun { first: at, frames, owner_process, kind, references }
        };
        list.iter().map(run).collect()
    }

    proptest! {
        #[test]
        fn runs_that_were_cut_are_whole_again(
            list in prop::collection::vec((0..5_usize, 1..99_u32), 0..40),
        ) {
            let cut = runs(&list);
            let whole = joined(cut.clone());
            prop_assert_eq!(Totals::of(&whole), Totals::of(&cut));
            let differ = |pair: &[FrameRun<'_>]| pair[0].kind != pair[1].kind;
            prop_assert!(whole.windows(2).all(differ));
        }
    }

    #[test]
    fn every_frame_counts_once() {
        let list = [(0, 5), (1, 7), (2, 11), (3, 13), (4, 17)];
        let totals = Totals {
            frames: 53,
            free: 5,
            reserved: 7,
            system: 11,
            processes: 30,
            shared: 17,
        };
        assert_eq!(Totals::of(&runs(&list)), totals);
    }
}
