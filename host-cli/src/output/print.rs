//! Prints a command's output and how it ended.

use super::outcome::{Outcome, Printed};
use super::remarks::{note, warn};
use crate::arguments::Options;
use crate::failure::{Failure, Kind};
use crate::target::Observed;
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The version of the JSON document's schema.
const SCHEMA: u32 = 1;

/// What every JSON document begins with.
#[derive(Clone, Serialize, Debug)]
pub struct Header {
    /// The command's name.
    pub command: &'static str,
    /// The members of its JSON document.
    #[serde(skip)]
    pub members: &'static [&'static str],
    /// The target as the user wrote it, if one was given.
    pub target: Option<String>,
    /// What the answers said about the system.
    #[serde(flatten)]
    pub observed: Observed,
}

/// Prints a command's output and how it ended; returns the exit code.
pub fn print(
    options: &Options,
    header: &Header,
    result: Result<Outcome, Failure>,
) -> u8 {
    let (printed, is_no, failure) = match result {
        Ok(Outcome { printed, is_no, failure }) => {
            (Some(printed), is_no, failure)
        }
        Err(failure) => (None, false, Some(failure)),
    };
    let code = match &failure {
        Some(failure) => failure.kind.exit_code(),
        None if is_no => Kind::NoAnswer.exit_code(),
        None => 0,
    };
    let text = match printed {
        Some(Printed::Text(text)) => text,
        Some(Printed::Members(members)) => {
            document(header, members, failure.as_ref())
        }
        None if options.json && code != Kind::Usage.exit_code() => {
            let members = header.members.iter();
            let members = members.map(|name| (*name, Value::Null)).collect();
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

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    header: &'a Header,
    error: Option<Value>,
    #[serde(flatten)]
    members: Value,
}

fn document(
    header: &Header,
    members: Value,
    failure: Option<&Failure>,
) -> String {
    let error = failure.map(
        |failure| json!({"code": failure.kind, "message": failure.to_string()}),
    );
    let document = Document { schema: SCHEMA, header, error, members };
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
    if observed.avoids_flow_control {
        warn(
            "the line eats XON and XOFF, the bytes 0x11 and 0x13, so both ends \
             avoid them; try: stty -ixon -ixoff, or no flow control in the \
             adapter or server between",
        );
    }
    if options.json {
        return;
    }
    if let Some(stood) = observed.stood {
        let ms = stood.as_millis();
        eprintln!(
            "host-cli: the GDB stub stopped the system, for {ms} ms; it runs on"
        );
    }
    let Observed { running, consistent, pause_us, stolen_us, .. } = observed;
    if consistent == Some(false) {
        warn("this was read during a change, and may contradict itself");
    }
    if running == Some(false) && observed.stood.is_none() {
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
