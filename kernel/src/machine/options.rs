//! The options on the kernel's command line.

use crate::machine::boot::BootInformation;
use spin::Once;
use structures::command_line::CommandLine;

static COMMAND_LINE: Once<CommandLine> = Once::new();

/// Returns the options.
pub(crate) fn command_line() -> &'static CommandLine {
    COMMAND_LINE.get().expect("main has read it")
}

/// Parses the command line.
pub(crate) fn read(information: &BootInformation) -> &'static CommandLine {
    let text = information.command_line.as_str();
    COMMAND_LINE.call_once(|| CommandLine::parse(text, |_| {}))
}
