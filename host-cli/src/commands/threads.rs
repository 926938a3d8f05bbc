//! `threads`: the tasks, and what each is doing or waiting for.
#![doc = manual!("threads")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::symbols::{Images, SymbolOffset};
use crate::target::Rows;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, plain};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{Mailbox, Process, State, Table, Thread, Wait, WaitKind};

/// The tasks, and what each is doing or waiting for
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("threads"))]
pub struct Args {}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    thread: Thread<'a>,
    symbol: Option<SymbolOffset<'a>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["threads"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let images = context.symbols()?;
        let is_text = context.is_text();
        let target = context.target()?;
        let rows = target.rows(Table::Threads, 0)?;
        let threads = rows.decode::<Thread<'_>>()?;
        let processes = match images.is_empty() {
            true => Rows::default(),
            false => target.rows(Table::Processes, 0)?,
        };
        // The text names the owner of a mailbox that a task waits for.
        let mailboxes = match is_text && threads.iter().any(waits_for_mailbox) {
            true => target.rows(Table::Mailboxes, 0)?,
            false => Rows::default(),
        };
        let processes = processes.decode::<Process<'_>>()?;
        let row =
            |thread| Row { symbol: name(&images, &processes, &thread), thread };
        let threads: Vec<_> = threads.into_iter().map(row).collect();
        let mailboxes = mailboxes.decode()?;
        Ok(context.answer(
            || json!({"threads": threads}),
            |out| text(out, &threads, &mailboxes),
        ))
    }
}

fn waits_for_mailbox(thread: &Thread<'_>) -> bool {
    thread.waits_for.is_some_and(|wait| wait.kind == WaitKind::Mailbox)
}

fn name<'i>(
    images: &'i Images,
    processes: &[Process<'_>],
    thread: &Thread<'_>,
) -> Option<SymbolOffset<'i>> {
    let process = processes.iter().find(|p| p.id == thread.process);
    images.name(thread.eip.0, process.and_then(|process| process.image))
}

fn text(
    out: &mut dyn Write,
    threads: &[Row<'_>],
    mailboxes: &[Mailbox<'_>],
) -> fmt::Result {
    let mut table = table::Table::new([
        Right("task"),
        Right("process"),
        Left("name"),
        Left("eip"),
        Left("activity"),
    ]);
    for Row { thread, symbol } in threads {
        let mut does = sentence(thread, mailboxes);
        if let Some(symbol) = symbol {
            write!(does, "; in {symbol}")?;
        }
        let Thread { id, process, name, eip, .. } = thread;
        table.push([id, process, &plain(name), eip, &does]);
    }
    table.write(out)
}

/// Returns what `thread` is doing, as a sentence without its subject.
fn sentence(thread: &Thread<'_>, mailboxes: &[Mailbox<'_>]) -> String {
    let state = match thread.state {
        State::Running => "runs",
        State::Ready => "is ready to run",
        State::Sleeping => "sleeps",
        State::Sending => "waits for room",
        State::Receiving => "waits for a message",
        State::Waiting => "waits",
        State::Stopped => "is stopped",
        State::Zombie => "has ended",
    };
    let Some(Wait { kind, id }) = thread.waits_for else {
        return state.to_owned();
    };
    match (kind, thread.state) {
        (WaitKind::Timer, State::Sleeping) => {
            format!("sleeps until tick {id}")
        }
        (WaitKind::Timer, _) => format!("{state}, until tick {id}"),
        (WaitKind::Task, State::Waiting) => {
            format!("waits for the end of task {id}")
        }
        (WaitKind::Task, _) => format!("{state}, for task {id}"),
        (WaitKind::Window, State::Waiting) => format!("waits for window {id}"),
        (WaitKind::Window, _) => format!("{state}, for window {id}"),
        (WaitKind::Mailbox, State::Sending | State::Receiving) => {
            format!("{state} in mailbox {id}{}", owner(thread, id, mailboxes))
        }
        (WaitKind::Mailbox, _) => {
            format!("{state}, for mailbox {id}{}", owner(thread, id, mailboxes))
        }
    }
}

fn owner(thread: &Thread<'_>, id: u32, mailboxes: &[Mailbox<'_>]) -> String {
    match mailboxes.iter().find(|mailbox| mailbox.id == id) {
        Some(mailbox) if mailbox.owner_process == thread.process => {
            " (its own)".to_owned()
        }
        Some(mailbox) => format!(" (owner: process {})", mailbox.owner_process),
        None => String::new(),
    }
}
