//! `completions`: a script that completes our command lines in a shell.
//!
//! ```text
//! $ host-cli completions bash > ~/.local/share/bash-completion/completions/host-cli
//! ```

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use clap_complete::Shell;
use serde::Serialize;
use std::fmt;

const EXAMPLE: &str = "\
Example:

  $ source <(host-cli completions bash)";

/// A script for a shell that completes host-cli's command lines
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Serialize)]
struct Completions {
    completions: String,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["completions"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let mut command = context.command_line();
        let mut script = Vec::new();
        let name = command.get_name().to_owned();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        let completions = String::from_utf8_lossy(&script).into_owned();
        Ok(Outcome::answered(context.form(), &Completions { completions }))
    }
}

impl Report for Completions {
    fn text(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(&self.completions)
    }
}
