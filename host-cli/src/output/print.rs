//! Prints a command's output and how it ended.

use super::outcome::{Outcome, Printed, Verdict};
use super::remarks::{note, warn};
use crate::arguments::{Form, Options};
use crate::failure::{Failure, Kind};
use crate::target::Observed;
use anstream::{AutoStream, ColorChoice};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The version of the JSON document's schema.
const SCHEMA: u32 = 1;

/// What every JSON document begins with.
#[derive(Clone, Debug)]
pub struct Header {
    /// The command's name.
    pub command: &'static str,
    /// The members of its JSON document.
    pub members: &'static [&'static str],
    /// The target as the user wrote it, if one was given.
    pub target: Option<String>,
    /// What the answers said about the system.
    pub observed: Observed,
}

/// Prints a command's output and how it ended; returns the exit code.
pub fn print(
    options: &Options,
    header: &Header,
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
            document(header, members, failure.as_ref())
        }
        None if options.form() == Form::Json && !is_usage => {
            let null = |name: &&str| ((*name).to_owned(), Value::Null);
            let members = header.members.iter().map(null).collect();
            document(header, members, failure.as_ref())
        }
        None => String::new(),
    };
    let written = to_stdout(options, &text);
    remarks(options, header.observed);
    if let Some(failure) = &failure {
        print_failure(failure);
    }
    match written {
        // The reader, such as `head`, has read enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("host-cli: cannot write to stdout: {error}");
            code.max(Kind::Usage.exit_code())
        }
        _ => code,
    }
}

fn document(
    header: &Header,
    members: Map<String, Value>,
    failure: Option<&Failure>,
) -> String {
    let Header { command, ref target, observed, .. } = *header;
    let Observed { running, consistent, pause_us, stolen_us } = observed;
    let error = failure.map(|failure| {
        json!({"code": failure.kind.code(), "message": failure.to_string()})
    });
    let mut document = Map::new();
    for (name, value) in [
        ("schema", json!(SCHEMA)),
        ("command", json!(command)),
        ("target", json!(target)),
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

fn to_stdout(options: &Options, text: &str) -> io::Result<()> {
    let choice = match options.color {
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
        clap::ColorChoice::Auto => ColorChoice::Auto,
    };
    let mut stdout = AutoStream::new(io::stdout(), choice);
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Prints what the text does not show: the conditions of the observation.
fn remarks(options: &Options, observed: Observed) {
    if options.form() == Form::Json {
        return;
    }
    let Observed { running, consistent, pause_us, stolen_us } = observed;
    if consistent == Some(false) {
        warn("this was read during a change, and may contradict itself");
    }
    if running == Some(false) {
        note(options, "the system is stopped");
    }
    if let (Some(pause), Some(stolen)) = (pause_us, stolen_us) {
        note(
            options,
            format_args!(
                "the system is running; it was paused for at most {pause} us, \
                 and {stolen} us were taken from it in total"
            ),
        );
    }
}

fn print_failure(failure: &Failure) {
    eprintln!("host-cli: {}", failure.what);
    if let Some(cause) = failure.cause {
        eprintln!("  likely cause: {cause}");
    }
    if let Some(hint) = failure.hint {
        eprintln!("  try: {hint}");
    }
}
