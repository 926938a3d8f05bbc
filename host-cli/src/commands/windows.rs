//! `windows`: the shared windows, and where each is mapped.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/windows-one.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::target::{Error, NoSuch};
use crate::terminal::table::{self, Side};
use layout::{PAGE_BYTES, PhysAddr};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::rows::{Attachment, Table, Window, WindowFrame};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/windows-one.txt"));

/// The shared windows: where each is mapped, and what synchronises it
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// Only this window, with its frames
    #[arg(value_name = "ID", value_parser = crate::numbers::number)]
    id: Option<u32>,
}

#[derive(Serialize)]
struct Windows<'a> {
    windows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    window: Window<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Vec<PhysAddr>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["windows"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let rows;
        let windows = match self.id {
            Some(id) => {
                rows = target.row(Table::Windows, id)?;
                let mut list = rows.decode::<Window<'_>>()?;
                list.retain(|window| window.id == id);
                if list.is_empty() {
                    return Err(Error::NoSuch(NoSuch::Window(id)).into());
                }
                let frames = target.rows(Table::WindowFrames, id)?;
                let frames = frames.decode::<WindowFrame>()?;
                let frames: Vec<_> = frames.iter().map(|f| f.frame).collect();
                let row = |window| Row { window, frames: Some(frames.clone()) };
                list.into_iter().map(row).collect()
            }
            None => {
                rows = target.rows(Table::Windows, 0)?;
                let row = |window| Row { window, frames: None };
                rows.decode()?.into_iter().map(row).collect()
            }
        };
        Ok(Outcome::answered(context.form(), &Windows { windows }))
    }
}

impl Report for Windows<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let mut table = table::Table::new([
            ("window", Side::Right),
            ("owner", Side::Left),
            ("pages", Side::Right),
            ("synchronised by", Side::Left),
            ("mapped", Side::Left),
        ]);
        for Row { window, .. } in &self.windows {
            table.push([
                window.id.to_string(),
                match window.owner_process {
                    0 => "none".to_owned(),
                    process => format!("process {process}"),
                },
                window.pages.to_string(),
                match window.mailbox {
                    None => "nothing".to_owned(),
                    Some(mailbox) => format!("mailbox {mailbox}"),
                },
                where_mapped(window),
            ]);
        }
        table.write(out)?;
        for frames in self.windows.iter().filter_map(|row| row.frames.as_ref())
        {
            text_of_frames(out, frames)?;
        }
        Ok(())
    }
}

fn where_mapped(window: &Window<'_>) -> String {
    let place = |attachment: Attachment| {
        let Attachment { process, start, writable } = attachment;
        let rights = if writable { "writable" } else { "read-only" };
        format!("at {start} in process {process}, {rights}")
    };
    let places: Vec<_> = window.attachments.iter().map(place).collect();
    match places.is_empty() {
        true => "nowhere".to_owned(),
        false => places.join("; "),
    }
}

/// Writes the frames of a window as runs.
fn text_of_frames(out: &mut dyn Write, frames: &[PhysAddr]) -> fmt::Result {
    writeln!(out)?;
    let mut table = table::Table::new([
        ("page", Side::Right),
        ("first frame", Side::Left),
        ("frames", Side::Right),
    ]);
    let follows =
        |a: &PhysAddr, b: &PhysAddr| a.0.checked_add(PAGE_BYTES) == Some(b.0);
    let mut page = 0;
    for run in frames.chunk_by(follows) {
        let count = run.len().to_string();
        table.push([page.to_string(), run[0].to_string(), count]);
        page += run.len();
    }
    table.write(out)
}
