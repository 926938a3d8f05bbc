//! `man`: the manual page, generated from the same text as `--help`.
//!
//! ```text
//! $ host-cli man | man -l -
//! $ host-cli man translate | man -l -
//! ```

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use clap_mangen::Man;
use serde_json::json;

const EXAMPLE: &str = "\
Example:

  $ host-cli man | man -l -
  $ host-cli man translate | man -l -";

/// The manual page
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// The command whose page to print
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["man"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let mut whole = context.command_line();
        whole.build();
        let command = match &self.command {
            None => whole,
            Some(name) => {
                whole.find_subcommand(name).cloned().ok_or_else(|| {
                    let what = format!("there is no command {name}");
                    Failure::usage(what)
                })?
            }
        };
        let page = page(command);
        Ok(context.answer(|| json!({"man": page}), |out| out.write_str(&page)))
    }
}

fn page(command: clap::Command) -> String {
    let example = command.get_after_long_help().map(ToString::to_string);
    let mut page = Vec::new();
    let rendered = Man::new(command.after_long_help(None)).render(&mut page);
    rendered.expect("a vector takes all");
    let mut page = String::from_utf8_lossy(&page).into_owned();
    // Verbatim, because the columns of an answer matter.
    page.push_str(".SH EXAMPLE\n.nf\n");
    for line in example.iter().flat_map(|text| text.lines()).skip(2) {
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        page.push_str(guard);
        page.push_str(&line.replace('\\', "\\e").replace('-', "\\-"));
        page.push('\n');
    }
    page.push_str(".fi\n");
    page
}
