//! What a command prints: text, or one JSON document.

use crate::commands::Command;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::target::Observed;
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt;
use std::io::{self, Write};

/// The version of the JSON document's form.
const SCHEMA: u32 = 1;

/// What a command found out. As JSON, its fields are the members of the
/// document.
pub trait Report: Serialize {
    /// Writes it for people.
    ///
    /// # Errors
    ///
    /// Fails only if `out` does.
    fn text(&self, out: &mut dyn fmt::Write) -> fmt::Result;
}

/// How a command ended that has something to print.
#[derive(Debug)]
pub struct Outcome {
    printed: Printed,
    verdict: Verdict,
}

#[derive(Debug)]
enum Printed {
    Text(String),
    Members(Map<String, Value>),
}

#[derive(Debug)]
enum Verdict {
    Yes,
    No,
    Failed(Failure),
}

impl Outcome {
    /// Returns that `report` is the answer.
    #[must_use]
    pub fn answered(context: &Context, report: &impl Report) -> Self {
        let printed = if context.options().json {
            match serde_json::to_value(report) {
                Ok(Value::Object(members)) => Printed::Members(members),
                other => unreachable!("reports are structs: {other:?}"),
            }
        } else {
            let mut text = String::new();
            report.text(&mut text).expect("a string takes all");
            Printed::Text(text)
        };
        Self { printed, verdict: Verdict::Yes }
    }

    /// Returns that the answer is no, and is printed nevertheless.
    #[must_use]
    pub fn or_no(self, is_no: impl FnOnce() -> bool) -> Self {
        let verdict = if is_no() { Verdict::No } else { self.verdict };
        Self { verdict, ..self }
    }

    /// Returns that this is not all, because of `failure`.
    #[must_use]
    pub fn but(self, failure: Option<Failure>) -> Self {
        let verdict = failure.map_or(self.verdict, Verdict::Failed);
        Self { verdict, ..self }
    }
}

/// Prints how `command` ended; returns the exit code.
pub fn print(
    context: &Context,
    command: &Command,
    result: Result<Outcome, Failure>,
) -> u8 {
    let (printed, failure, code) = match result {
        Ok(Outcome { printed, verdict }) => match verdict {
            Verdict::Yes => (Some(printed), None, 0),
            Verdict::No => (Some(printed), None, Kind::NoAnswer.exit_code()),
            Verdict::Failed(failure) => {
                let code = failure.kind.exit_code();
                (Some(printed), Some(failure), code)
            }
        },
        Err(failure) => {
            let code = failure.kind.exit_code();
            (None, Some(failure), code)
        }
    };
    let is_usage = code == Kind::Usage.exit_code();
    let text = match printed {
        Some(Printed::Text(text)) => text,
        Some(Printed::Members(members)) => {
            document(context, command, members, failure.as_ref())
        }
        None if context.options().json && !is_usage => {
            let null = |name: &&str| ((*name).to_owned(), Value::Null);
            let members = command.members().iter().map(null).collect();
            document(context, command, members, failure.as_ref())
        }
        None => String::new(),
    };
    let written = to_stdout(context, &text);
    remarks(context);
    if let Some(failure) = &failure {
        complain(failure);
    }
    match written {
        // Whoever reads us has read enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("host-cli: cannot write to stdout: {error}");
            code.max(Kind::Usage.exit_code())
        }
        _ => code,
    }
}

fn document(
    context: &Context,
    command: &Command,
    members: Map<String, Value>,
    failure: Option<&Failure>,
) -> String {
    let Observed { running, consistent, pause_us, stolen_us } =
        context.observed();
    let error = failure.map(|failure| {
        json!({"code": failure.kind.code(), "message": failure.to_string()})
    });
    let mut document = Map::new();
    for (name, value) in [
        ("schema", json!(SCHEMA)),
        ("command", json!(command.name())),
        ("target", json!(context.target_name())),
        ("running", json!(running)),
        ("consistent", json!(consistent)),
        ("pause_us", json!(pause_us)),
        ("stolen_us", json!(stolen_us)),
        ("error", json!(error)),
    ] {
        document.insert(name.to_owned(), value);
    }
    document.extend(members);
    let mut text = serde_json::to_string_pretty(&document)
        .expect("a document of strings and numbers");
    text.push('\n');
    text
}

fn to_stdout(context: &Context, text: &str) -> io::Result<()> {
    let choice = match context.options().color {
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
        clap::ColorChoice::Auto => ColorChoice::Auto,
    };
    let mut stdout = AutoStream::new(io::stdout(), choice);
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Tells people what the answer does not: how the system was seen.
fn remarks(context: &Context) {
    if context.options().json {
        return;
    }
    let Observed { running, consistent, pause_us, stolen_us } =
        context.observed();
    if consistent == Some(false) {
        context.warn("this was taken amid a change, and may contradict itself");
    }
    if running == Some(false) {
        context.note("the system is stopped");
    }
    if let (Some(pause), Some(stolen)) = (pause_us, stolen_us) {
        context.note(format_args!(
            "the system runs; it was paused for at most {pause} us, and \
             {stolen} us were taken from it in all"
        ));
    }
}

fn complain(failure: &Failure) {
    eprintln!("host-cli: {}", failure.what);
    if let Some(cause) = failure.cause {
        eprintln!("  likely cause: {cause}");
    }
    if let Some(hint) = failure.hint {
        eprintln!("  try: {hint}");
    }
}
