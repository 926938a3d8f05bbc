//! The program: from the command line to the exit code.

use crate::arguments::Options;
use crate::commands::Command;
use crate::context::Context;
use crate::link::Interrupt;
use crate::output::{self, Header};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

const EXAMPLE: &str = "\
Example:

  $ host-cli -t unix:/tmp/line threads
  $ host-cli -t serial:/dev/ttyUSB0 -i kernel.elf translate kernel_main
  $ export HOST_CLI_TARGET=tcp:localhost:1234; host-cli regions --process 2

Numbers: 4096, 0x1000, 0o17, 0b101, 64KiB, 2MiB; _ may separate digits.

A row is a line, wrapped only on a terminal, or at COLUMNS where that is set.

Exit codes: 0 answered, 1 the answer is no, 2 usage error, 3 the line cannot be
opened or has no stub, 4 the link failed, 5 refused, 6 an image does not match,
7 the target fell silent, 130 interrupted.";

/// Inspects a running Stormglass kernel over its serial line.
///
/// The system keeps running meanwhile: nothing is stopped or changed.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "host-cli",
    version,
    after_long_help = EXAMPLE,
    max_term_width = 80
)]
pub struct HostCli {
    /// The options that every command takes.
    #[command(flatten)]
    pub options: Options,
    /// The command itself.
    #[command(subcommand)]
    pub command: Command,
}

/// Runs the program: parses the command line, runs the command, prints its
/// answer, and returns the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let HostCli { options, command } = HostCli::parse();
    let interrupt = Interrupt::listen();
    let mut context = Context::new(options, interrupt, HostCli::command);
    let result = command.run(&mut context);
    let released = context.release();
    // What the command itself met comes first.
    let result = result.and_then(|outcome| released.map(|()| outcome));
    let header = Header {
        command: command.name(),
        members: command.members(),
        target: context.target_name(),
        observed: context.observed(),
    };
    ExitCode::from(output::print(context.options(), &header, result))
}
