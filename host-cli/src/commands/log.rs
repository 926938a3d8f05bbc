//! `log`: the last lines of the kernel's log, even after a panic.
#![doc = manual!("log")]

use super::run::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::{self, Outcome};
use crate::target::{Rows, Target};
use crate::terminal::table::{self, plain, wrap};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use std::io::{self, ErrorKind, Write as _};
use std::thread;
use std::time::Duration;
use wire::rows::{LogEntry, Table};

/// How often to ask for new lines.
const PERIOD: Duration = Duration::from_millis(250);
/// How soon Ctrl-C is noticed between questions.
const SLICE: Duration = Duration::from_millis(25);

/// The kernel's log: what it printed, with the timer tick of each line
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("log"))]
pub struct Args {
    /// Keep printing new lines as they come, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
    /// The number of the next entry, once there was one before it.
    next: Option<u32>,
}

#[derive(Serialize)]
struct Entry {
    number: u32,
    tick: u32,
    text: String,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["log"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let mut log = Log::default();
        let failure = if self.follow {
            log.follow(context).err()
        } else {
            log.add(&context.target()?.rows(Table::Log, 0)?)?;
            None
        };
        // Lines that came before a failure are shown. Without any, the
        // failure is the answer.
        match failure {
            Some(failure) if log.next.is_none() => Err(failure),
            failure => Ok(context
                .answer(|| json!({"log": log.entries}), |out| log.text(out))
                .with_failure(failure)),
        }
    }
}

impl Log {
    fn add(&mut self, rows: &Rows) -> Result<(), Failure> {
        let entry = |LogEntry { number, tick, text }| {
            let text = text.to_owned();
            Entry { number, tick, text }
        };
        self.entries.extend(rows.decode()?.into_iter().map(entry));
        let next = self.entries.last().map(|last| last.number.wrapping_add(1));
        self.next = next.or(self.next);
        Ok(())
    }

    /// Collects entries until Ctrl-C or until stdout is closed; prints them as
    /// they come, unless the output is JSON.
    fn follow(&mut self, context: &mut Context) -> Result<(), Failure> {
        let prints = context.is_text();
        loop {
            let before = self.next;
            let lost = self.ask(context.target()?)?;
            if lost > 0 {
                let lines = table::counted(lost, "line");
                output::warn(format_args!(
                    "{lines} came too fast and were lost"
                ));
            }
            if prints && let Err(error) = self.print() {
                return match error.kind() {
                    // The reader, such as `head`, has read enough.
                    ErrorKind::BrokenPipe => Ok(()),
                    _ => Err(cannot_print(&error)),
                };
            }
            // Pauses only once it has caught up.
            if self.next == before {
                pause(context)?;
            }
        }
    }

    /// Asks for the next entries; returns how many were overwritten before
    /// they could be read.
    fn ask(&mut self, target: &mut Target) -> Result<u32, Failure> {
        let (had, next) = (self.entries.len(), self.next);
        self.add(&target.row(Table::Log, next.unwrap_or(0))?)?;
        let first = self.entries.get(had).map(|entry| entry.number);
        Ok(match (first, next) {
            (Some(first), Some(next)) => first.saturating_sub(next),
            _ => 0,
        })
    }

    /// Prints the entries and forgets them.
    fn print(&mut self) -> io::Result<()> {
        let mut text = String::new();
        self.text(&mut text).expect("a string takes all");
        self.entries.clear();
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let width = table::row_width().saturating_sub(TICK + GAP).max(20);
        for Entry { tick, text, .. } in &self.entries {
            let mut tick = tick.to_string();
            for part in wrap(&plain(text), width) {
                let line = format!("{tick:>TICK$}{:GAP$}{part}", "");
                writeln!(out, "{}", line.trim_end())?;
                tick.clear();
            }
        }
        Ok(())
    }
}

/// Waits for new lines to come.
///
/// # Errors
///
/// Fails at Ctrl-C.
fn pause(context: &Context) -> Result<(), Failure> {
    let mut left = PERIOD;
    while !left.is_zero() {
        if context.is_interrupted() {
            return Err(Failure::new(Kind::Interrupted, "interrupted"));
        }
        thread::sleep(SLICE);
        left = left.saturating_sub(SLICE);
    }
    Ok(())
}

fn cannot_print(error: &io::Error) -> Failure {
    Failure::usage(format_args!("cannot write to stdout: {error}"))
}

/// The width of a tick, and of the gap after it.
const TICK: usize = 8;
const GAP: usize = 2;
