//! The command line that all commands share.

use crate::commands::Command;
use crate::link::Address;
use clap::{ColorChoice, Parser};
use std::path::PathBuf;
use std::time::Duration;
use wire::query::Space;

const EXAMPLE: &str = "\
Example:

  $ host-cli -t unix:/tmp/line threads
  $ host-cli -t serial:/dev/ttyUSB0 -i kernel.elf translate kernel_main
  $ export HOST_CLI_TARGET=tcp:localhost:1234; host-cli regions --process 2

Numbers: 4096, 0x1000, 0o17, 0b101, with _ where you like; 64KiB, 2MiB.

Exit codes: 0 answered, 1 the answer is no, 2 usage, 3 cannot open or no stub,
4 the link failed, 5 refused, 6 an image does not match, 7 silence,
130 interrupted.";

const TARGET: &str = "Where the kernel is: serial:/dev/ttyUSB0[,BAUD], \
    pty:PATH, unix:PATH or tcp:HOST:PORT. Without it, HOST_CLI_TARGET says";

/// Looks into a running Stormglass kernel over its serial line.
///
/// The system goes on while it is looked into; nothing is stopped or changed.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "host-cli",
    version,
    after_long_help = EXAMPLE,
    max_term_width = 80
)]
pub struct HostCli {
    /// What holds for every command.
    #[command(flatten)]
    pub options: Options,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
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

fn timeout(text: &str) -> Result<Duration, String> {
    match crate::numbers::number(text) {
        Ok(0) => Err("a time-out of 0 ms leaves no time to answer".into()),
        Ok(milliseconds) => Ok(Duration::from_millis(milliseconds.into())),
        Err(error) => Err(error.to_string()),
    }
}

/// In whose address space a command looks.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[group(multiple = false)]
pub struct Whose {
    /// In the address space of this process
    #[arg(long, value_name = "P", value_parser = crate::numbers::number)]
    pub process: Option<u32>,
    /// In the address space of this task
    #[arg(long, value_name = "T", value_parser = crate::numbers::number)]
    pub task: Option<u32>,
}

impl Whose {
    /// Returns the space that is meant.
    #[must_use]
    pub const fn space(self) -> Space {
        match self {
            Self { process: Some(id), .. } => Space::Process(id),
            Self { task: Some(id), .. } => Space::Task(id),
            _ => Space::Current,
        }
    }
}

/// In whose memory a command looks, or in physical memory.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Memory {
    #[command(flatten)]
    whose: Whose,
    /// ADDR is a physical address
    #[arg(long, conflicts_with_all = ["process", "task"])]
    physical: bool,
}

impl Memory {
    /// Returns the space that is meant.
    #[must_use]
    pub const fn space(self) -> Space {
        match self.physical {
            true => Space::Physical,
            false => self.whose.space(),
        }
    }
}
