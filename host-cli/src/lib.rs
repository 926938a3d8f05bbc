//! Looks into a running Stormglass kernel over its serial line.
//!
//! - [`commands`]: one file for each, from its arguments to its text.
//! - [`target`]: what can be asked of a kernel, whatever stands behind it.
//! - [`client`]: questions and answers on a line that may lose bytes.
//! - [`link`]: serial ports, ptys and sockets as such a line.
//! - [`symbols`], [`numbers`], [`terminal`]: what people read and write.
//! - [`output`], [`failure`]: the JSON document and the exit codes.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod client;
pub mod commands;
pub mod context;
pub mod failure;
pub mod link;
pub mod numbers;
pub mod output;
pub mod symbols;
pub mod target;
pub mod terminal;

use clap::Parser;
use std::process::ExitCode;

/// Runs the program: reads the command line, does what it says, prints the
/// answer, and returns the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = arguments::HostCli::parse();
    let interrupt = link::Interrupt::listen();
    let mut context = context::Context::new(arguments.options, interrupt);
    let result = arguments.command.run(&mut context);
    let code = output::print(&context, &arguments.command, result);
    ExitCode::from(code)
}
