//! The options that every command takes.

use crate::link::Address;
use clap::ColorChoice;
use std::path::PathBuf;
use std::time::Duration;

const TARGET: &str = "The line to the kernel: serial:/dev/ttyUSB0[,BAUD], \
    pty:PATH, unix:PATH or tcp:HOST:PORT. Default: $HOST_CLI_TARGET";

/// The options that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Options {
    /// The line to the kernel.
    #[arg(short, long, global = true, value_name = "TARGET", help = TARGET)]
    pub target: Option<Address>,
    /// An ELF file to take symbols from: the kernel's, or a program's; by its
    /// build id the target says whose it is. May be repeated. Default:
    /// $HOST_CLI_IMAGE, with : between file names
    #[arg(short, long = "image", global = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// How long to wait for an answer, in milliseconds
    #[arg(
        long,
        global = true,
        value_name = "MS",
        default_value = "5000",
        value_parser = timeout
    )]
    pub timeout: Duration,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Print more on stderr: what the answer cost, and which defaults hold
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

fn timeout(text: &str) -> Result<Duration, String> {
    match crate::numbers::number(text) {
        Ok(0) => Err("a timeout of 0 ms leaves no time to answer".into()),
        Ok(milliseconds) => Ok(Duration::from_millis(milliseconds.into())),
        Err(error) => Err(error.to_string()),
    }
}
