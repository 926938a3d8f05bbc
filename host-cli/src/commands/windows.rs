//! `windows`: the shared windows, and where each is mapped.
#![doc = manual!("windows-one")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::NoSuch;
use crate::terminal::table;
use crate::terminal::table::Column::{Left, Right};
use layout::{PAGE_BYTES, PhysAddr};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{Attachment, Table, Window, WindowFrame};

/// The shared windows: where each is mapped, and what synchronises it
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("windows-one"))]
pub struct Args {
    /// Only this window, with its frames
    #[arg(value_name = "ID", value_parser = crate::numbers::number)]
    id: Option<u32>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    window: &'a Window<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<&'a [PhysAddr]>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["windows"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let rows = target.row_or_all(Table::Windows, self.id)?;
        let windows = rows.decode_row_or_all(
            self.id,
            |window: &Window<'_>| window.id,
            NoSuch::Window,
        )?;
        let mut frames = None;
        if let Some(id) = self.id {
            let rows = target.rows(Table::WindowFrames, id)?;
            let rows = rows.decode::<WindowFrame>()?;
            frames = Some(rows.iter().map(|row| row.frame).collect::<Vec<_>>());
        }
        let row = |window| Row { window, frames: frames.as_deref() };
        Ok(context.answer(
            || {
                let rows: Vec<_> = windows.iter().map(row).collect();
                json!({"windows": rows})
            },
            |out| text(out, &windows, frames.as_deref()),
        ))
    }
}

fn text(
    out: &mut dyn Write,
    windows: &[Window<'_>],
    frames: Option<&[PhysAddr]>,
) -> fmt::Result {
    let mut table = table::Table::new([
        Right("window"),
        Left("owner"),
        Right("pages"),
        Left("synchronised by"),
        Left("mapped"),
    ]);
    for window in windows {
        let Window { id, owner_process, pages, mailbox, .. } = window;
        let owner = match owner_process {
            0 => "none".to_owned(),
            process => format!("process {process}"),
        };
        let mailbox = mailbox.map_or_else(
            || "nothing".to_owned(),
            |mailbox| format!("mailbox {mailbox}"),
        );
        table.push([id, &owner, pages, &mailbox, &where_mapped(window)]);
    }
    table.write(out)?;
    frames.map_or(Ok(()), |frames| text_of_frames(out, frames))
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
    let columns = [Right("page"), Left("first frame"), Right("frames")];
    let mut table = table::Table::new(columns);
    let follows =
        |a: &PhysAddr, b: &PhysAddr| a.0.checked_add(PAGE_BYTES) == Some(b.0);
    let mut page = 0;
    for run in frames.chunk_by(follows) {
        table.push([&page, &run[0], &run.len()]);
        page += run.len();
    }
    table.write(out)
}
