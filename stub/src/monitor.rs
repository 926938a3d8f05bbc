//! gdb's `monitor`: words for people.
//!
//! What is short is the reply itself; gdb prints it as it comes.

use crate::debuggee::Refused;
use crate::engine::After;
use crate::reply::Reply;
use crate::text::Text;
use core::fmt::{self, Write};
use wire::hex;

/// What can be said after `monitor`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Command {
    Help,
    Reset,
}

/// Every command: its name, what is said behind it, and what it does.
const COMMANDS: [(&str, &str, Command); 2] = [
    ("help", "these lines", Command::Help),
    ("reset", "starts the machine anew", Command::Reset),
];

/// The longest command, in bytes.
const LONGEST: usize = 80;

/// Answers what follows `qRcmd,`.
pub(crate) fn answer(
    digits: &[u8],
    reply: &mut Reply,
) -> Result<After, Refused> {
    let mut said = Text::<LONGEST>::new();
    for pair in digits.chunks(2) {
        let [high, low] = *pair else { return Err(Refused::Invalid) };
        let byte = hex::byte(high, low).ok_or(Refused::Invalid)?;
        let printable = byte.is_ascii() && !byte.is_ascii_control();
        let shown = if printable { char::from(byte) } else { ' ' };
        // What is too long is no command, however it ends.
        let _ = said.write_char(shown);
    }
    reply.clear();
    let mut words = said.as_str().split_whitespace();
    let name = words.next().unwrap_or("help");
    match find(name) {
        Some(Command::Help) => say(reply, help),
        Some(Command::Reset) => return Ok(After::Reset),
        None => say(reply, |out| {
            writeln!(out, "no command `{name}`: try `monitor help`")
        }),
    }
    Ok(After::Answered)
}

/// Makes text the reply.
fn say(reply: &mut Reply, text: impl Fn(&mut dyn Write) -> fmt::Result) {
    // What does not fit is cut.
    let _ = text(&mut reply.digits());
}

/// Returns the command that `name` means, by its beginning if no other has
/// the same.
fn find(name: &str) -> Option<Command> {
    let mut found = None;
    for (whole, _, command) in COMMANDS {
        if whole == name {
            return Some(command);
        }
        if whole.starts_with(name) {
            if found.is_some() {
                return None;
            }
            found = Some(command);
        }
    }
    found
}

fn help(out: &mut dyn Write) -> fmt::Result {
    for (name, what, _) in COMMANDS {
        writeln!(out, "monitor {name:<28} {what}")?;
    }
    Ok(())
}
