//! What holds for every command.

use crate::link::Address;
use clap::ColorChoice;
use std::path::PathBuf;
use std::time::Duration;

const TARGET: &str = "Where the kernel is: serial:/dev/ttyUSB0[,BAUD], \
    pty:PATH, unix:PATH or tcp:HOST:PORT. Without it, HOST_CLI_TARGET says";

/// The form of what is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Text, for people.
    Text,
    /// One JSON document, for programs.
    Json,
}

/// What holds for every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "For every command")]
pub struct Options {
    /// Where the kernel is.
    #[arg(short, long, global = true, value_name = "TARGET", help = TARGET)]
    pub target: Option<Address>,
    /// An ELF file whose symbols to use: the kernel's, or a program's named
    /// like its process. May be given again. Without it, HOST_CLI_IMAGE says,
    /// with : between names
    #[arg(short, long = "image", global = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// How long to wait for an answer
    #[arg(
        long,
        global = true,
        value_name = "MS",
        default_value = "5000",
        value_parser = timeout
    )]
    pub timeout: Duration,
    /// Whether to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Say more, on stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Options {
    /// Returns the form that is wanted.
    #[must_use]
    pub const fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match crate::numbers::number(text) {
        Ok(0) => Err("a time-out of 0 ms leaves no time to answer".into()),
        Ok(milliseconds) => Ok(Duration::from_millis(milliseconds.into())),
        Err(error) => Err(error.to_string()),
    }
}
