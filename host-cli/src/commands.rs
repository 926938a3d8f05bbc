//! The commands: a file each, and a line here.
//!
//! The file has the arguments, [`Run`], and what is printed; its golden file
//! is its manual, its `--help` and its test. The build script generates the
//! command line, the manual page, the completions and [`ALL`] from these
//! lines; the tests iterate over `ALL`.

/// A command's golden file: a command line, and what it prints.
macro_rules! golden {
    ($command:literal) => {
        include_str!(concat!("../../tests/golden/", $command, ".txt"))
    };
}

/// The example in a command's `--help`.
macro_rules! example {
    ($command:literal) => {
        concat!("Example:\n\n", golden!($command))
    };
}

/// The example in the documentation of a command's module.
macro_rules! manual {
    ($command:literal) => {
        concat!("\n```text\n", golden!($command), "```")
    };
}

// A line for each command, in the order of `--help`.
pub mod info;
pub mod layout;
pub mod translate;
pub mod regions;
pub mod processes;
pub mod images;
pub mod threads;
pub mod mailboxes;
pub mod windows;
pub mod interrupts;
pub mod descriptors;
pub mod ports;
pub mod log;
pub mod who;
pub mod frames;
pub mod allocator;
pub mod read;
pub mod search;
pub mod checksum;
pub mod regs;
pub mod completions;
pub mod man;

mod run;
pub use run::Run;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use clap::Subcommand;

macro_rules! commands {
    ($($variant:ident = $module:ident,)*) => {
        /// Every command's name, and the members of its JSON document.
        pub const ALL: &[(&str, &[&str])] =
            &[$((stringify!($module), $module::Args::MEMBERS)),*];

        /// A command with its arguments.
        #[derive(Clone, Debug, Subcommand)]
        #[allow(missing_docs, reason = "each is described by its arguments")]
        pub enum Command {
            $($variant($module::Args),)*
        }

        impl Command {
            /// Returns the name on the command line.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($module),)*
                }
            }

            /// Returns the members of the command's JSON document.
            #[must_use]
            pub const fn members(&self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant(_) => $module::Args::MEMBERS,)*
                }
            }

            /// Runs the command.
            ///
            /// # Errors
            ///
            /// Fails if there is nothing to print.
            pub fn run(
                &self,
                context: &mut Context,
            ) -> Result<Outcome, Failure> {
                match self {
                    $(Self::$variant(arguments) => arguments.run(context),)*
                }
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/commands.rs"));
