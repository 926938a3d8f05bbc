//! `completions`: a script that completes our command lines in a shell.
//!
//! ```text
//! $ host-cli completions bash > ~/.local/share/bash-completion/completions/host-cli
//! ```

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use clap_complete::Shell;
use serde_json::json;

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

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["completions"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let mut command = context.command_line();
        let mut script = Vec::new();
        let name = command.get_name().to_owned();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        let script = String::from_utf8_lossy(&script);
        Ok(context.answer(
            || json!({"completions": script}),
            |out| out.write_str(&script),
        ))
    }
}
