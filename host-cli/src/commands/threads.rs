//! `threads`: the tasks, and what each is doing or waiting for.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/threads.txt")]
#![doc = "```"]

use super::run::Run;
use crate::arguments::Form;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::symbols::{Images, SymbolOffset};
use crate::target::Rows;
use crate::terminal::table::{self, Side, plain};
use serde::{Serialize, Serializer};
use std::fmt::{self, Write};
use wire::rows::{Mailbox, Process, State, Table, Thread, Wait, WaitKind};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/threads.txt"));

/// The tasks, and what each is doing or waiting for
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Threads<'a> {
    threads: Vec<Row<'a>>,
    #[serde(skip)]
    mailboxes: Vec<Mailbox<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    thread: Thread<'a>,
    #[serde(serialize_with = "name_only")]
    symbol: Option<SymbolOffset<'a>>,
}

fn name_only<S: Serializer>(
    symbol: &Option<SymbolOffset<'_>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    symbol.map(|symbol| symbol.name).serialize(to)
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["threads"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let images = context.symbols()?;
        let is_text = context.form() == Form::Text;
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
        let threads = threads
            .into_iter()
            .map(|thread| Row {
                symbol: name(&images, &processes, &thread),
                thread,
            })
            .collect();
        let mailboxes = mailboxes.decode()?;
        Ok(Outcome::answered(context.form(), &Threads { threads, mailboxes }))
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
    images.name(thread.eip.0, process.map(|process| process.name))
}

impl Report for Threads<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let mut table = table::Table::new([
            ("task", Side::Right),
            ("process", Side::Right),
            ("name", Side::Left),
            ("eip", Side::Left),
            ("what it does", Side::Left),
        ]);
        for row in &self.threads {
            let mut does = sentence(&row.thread, &self.mailboxes);
            if let Some(symbol) = row.symbol {
                write!(does, "; in {symbol}")?;
            }
            table.push([
                row.thread.id.to_string(),
                row.thread.process.to_string(),
                plain(row.thread.name),
                row.thread.eip.to_string(),
                does,
            ]);
        }
        table.write(out)
    }
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
