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
    /// A TOML file of rows that names the addresses of a kernel that is not
    /// Stormglass': see `layout --help`
    #[arg(long, global = true, value_name = "FILE")]
    pub layout: Option<PathBuf>,
    /// The slot, 0 to 1023, in which a kernel's page directory contains itself;
    /// for a GDB stub that reads no physical memory. By default it is looked
    /// for
    #[arg(
        long,
        global = true,
        value_name = "SLOT",
        value_parser = slot,
        conflicts_with = "direct_map"
    )]
    pub recursive_slot: Option<u32>,
    /// Where a kernel has mapped all physical memory in order, likewise
    #[arg(
        long,
        global = true,
        value_name = "ADDR",
        value_parser = crate::numbers::number
    )]
    pub direct_map: Option<u32>,
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

fn slot(text: &str) -> Result<u32, String> {
    match crate::numbers::number(text) {
        Ok(slot @ 0..=1023) => Ok(slot),
        Ok(_) => Err("a page directory has slots 0 to 1023".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match crate::numbers::number(text) {
        Ok(0) => Err("a timeout of 0 ms leaves no time to answer".into()),
        Ok(milliseconds) => Ok(Duration::from_millis(milliseconds.into())),
        Err(error) => Err(error.to_string()),
    }
}
