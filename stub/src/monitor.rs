//! gdb's `monitor` commands.
//!
//! A short answer is the reply itself, which gdb prints. Tables are sent as
//! console packets, as many as needed.

mod translate;

use crate::answers::tables::{Document, Listing};
use crate::answers::{About, Outcome, Work};
use crate::embed::{Machine, Port};
use crate::link::Reply;
use crate::protocol::Refused;
use crate::storage::Text;
use crate::target::{Debuggee, Whose};
use core::fmt::{self, Write};
use core::str::SplitAsciiWhitespace;
use layout::VirtAddr;
use wire::hex;

/// The commands, besides the tables' names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Command {
    Help,
    Table(Listing),
    Translate,
    Link,
    WriteProtect,
    Breakpoint,
    Reset,
}

use Command::{Breakpoint, Help, Link, Reset, Translate, WriteProtect};

/// Every command but those that print tables: its name, what follows it,
/// and what it does.
const COMMANDS: [(&str, &str, &str, Command); 6] = [
    ("help", "", "these lines", Help),
    ("translate", " ADDR [TASK]", "the entries that map an address", Translate),
    ("link", "", "how the line does, and what was refused last", Link),
    (
        "write-protect",
        " on|off",
        "whether read-only pages keep what they have",
        WriteProtect,
    ),
    ("breakpoint", WHOSE, "whose an address is", Breakpoint),
    ("reset", "", "starts the machine anew", Reset),
];

/// What follows `breakpoint`.
const WHOSE: &str = " ADDR process P|all";

/// What follows the name of a table.
const OF_TASK: &str = " [TASK]";

/// The longest command, in bytes.
const LONGEST: usize = 80;

/// Answers what follows `qRcmd,`. A separate function, because no other packet
/// needs its stack.
#[inline(never)]
pub(crate) fn answer<M: Machine>(
    digits: &[u8],
    debuggee: &mut Debuggee<M>,
    about: &About,
    reply: &mut Reply,
) -> Result<Outcome, Refused> {
    let said = words_of(digits).ok_or(Refused::Invalid)?;
    let mut words = said.as_str().split_ascii_whitespace();
    let name = words.next().unwrap_or("help");
    reply.clear();
    let mut answer = Answer { words, debuggee, out: &mut reply.digits() };
    // What doesn't fit is cut off.
    let _ = match find(name) {
        None => writeln!(answer.out, "no command `{name}`: try `monitor help`"),
        Some(Command::Reset) if answer.debuggee.machine.can_reset() => {
            return Ok(Outcome::Reset);
        }
        Some(Command::Reset) => {
            answer.out.write_str("this machine cannot be reset\n")
        }
        Some(Command::Help) => answer.help(),
        Some(Command::Link) => answer.link(about),
        Some(Command::WriteProtect) => answer.protect(),
        Some(Command::Breakpoint) => answer.bind(),
        Some(Command::Translate) => answer.translate(),
        Some(Command::Table(listing)) => match answer.task() {
            Some(_) if !listing.is_offered(answer.debuggee) => {
                answer.out.write_str("this kernel has no such table\n")
            }
            Some(task) => {
                let document = Document::lines(listing, task);
                return Ok(Outcome::Later(Work::Print(document)));
            }
            None => answer.unclear(listing.name(), OF_TASK),
        },
    };
    Ok(Outcome::Reply)
}

/// Decodes a command from `digits`, without characters that would garble an
/// answer.
fn words_of(digits: &[u8]) -> Option<Text<LONGEST>> {
    let mut said = Text::new();
    for pair in digits.chunks(2) {
        let [high, low] = *pair else { return None };
        let byte = hex::byte(high, low)?;
        let shown = if byte.is_ascii_graphic() { byte.into() } else { ' ' };
        // Anything longer is not a command anyway.
        let _ = said.write_char(shown);
    }
    Some(said)
}

/// Returns the command that `name` is, or is an unambiguous prefix of.
fn find(name: &str) -> Option<Command> {
    let tables = Listing::all().map(|it| (it.name(), Command::Table(it)));
    let others = COMMANDS.iter().map(|it| (it.0, it.3));
    let mut found = None;
    for (whole, command) in tables.chain(others) {
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

/// Parses a number, in decimal or with `0x`.
fn number(word: &str) -> Option<u32> {
    if let Some(digits) = word.strip_prefix("0x") {
        return hex::number(digits.as_bytes());
    }
    // `core`'s parser handles every kind of number, and is large.
    let digits = word.bytes().map(|digit| digit.wrapping_sub(b'0'));
    digits.filter(|_| !word.is_empty()).try_fold(0_u32, |sum, digit| {
        let digit = Some(digit).filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    })
}

/// A command being answered.
struct Answer<'a, M> {
    /// What follows its name.
    words: SplitAsciiWhitespace<'a>,
    debuggee: &'a mut Debuggee<M>,
    out: &'a mut dyn Write,
}

impl<M: Machine> Answer<'_, M> {
    /// Returns the task that the last word names, or the selected one if there
    /// is no word left.
    fn task(&mut self) -> Option<u32> {
        let Some(word) = self.words.next() else {
            return Some(self.debuggee.selected_task());
        };
        let task = self.debuggee.machine.task(number(word)?)?;
        self.words.next().is_none().then_some(task.id)
    }

    fn unclear(&mut self, name: &str, rest: &str) -> fmt::Result {
        self.out.write_str("say: monitor ")?;
        self.out.write_str(name)?;
        self.out.write_str(rest)?;
        self.out.write_str(", with a TASK of `monitor threads`\n")
    }

    fn help(&mut self) -> fmt::Result {
        for listing in Listing::all() {
            if listing.is_offered(self.debuggee) {
                self.line_of_help(listing.name(), "", listing.what())?;
            }
        }
        for (name, rest, what, _) in &COMMANDS {
            self.line_of_help(name, rest, what)?;
        }
        self.out.write_str(concat!(
            "The beginning of a name will do. `regions` and `translate` are of\n",
            "the selected thread, or of a TASK.\n",
        ))
    }

    fn line_of_help(
        &mut self,
        name: &str,
        rest: &str,
        what: &str,
    ) -> fmt::Result {
        let width = 23_usize.saturating_sub(name.len());
        writeln!(self.out, "monitor {name}{rest:<width$} {what}")
    }

    fn translate(&mut self) -> fmt::Result {
        let address = self.words.next().and_then(number).map(VirtAddr);
        match address.zip(self.task()) {
            None => self.unclear("translate", " ADDR [TASK]"),
            Some((address, task)) => {
                translate::write(address, task, self.debuggee, self.out)
            }
        }
    }

    fn link(&mut self, about: &About) -> fmt::Result {
        let Self { debuggee, out, .. } = self;
        let Port { number, uart } = about.port;
        writeln!(out, "com{number}: {uart}\n{:>10}  baud", about.baud)?;
        for (count, what) in about.faults.in_words() {
            let plural = if count == 1 { "" } else { "s" };
            writeln!(out, "{count:>10}  {what}{plural}")?;
        }
        out.write_str("write-protect is ")?;
        out.write_str(if debuggee.protects { "on\n" } else { "off\n" })?;
        out.write_str("refused last: ")?;
        match debuggee.refused_last {
            Some(refused) => writeln!(out, "{refused}"),
            None => out.write_str("nothing\n"),
        }
    }

    fn protect(&mut self) -> fmt::Result {
        self.debuggee.protects = match self.words.next() {
            Some("on") => true,
            Some("off") => false,
            _ => {
                return self
                    .out
                    .write_str("say: monitor write-protect on|off\n");
            }
        };
        self.out.write_str(if self.debuggee.protects {
            "a write to a read-only page is refused\n"
        } else {
            "a write to a read-only page is done\n"
        })
    }

    /// Binds a breakpoint to a process, or to all that have the same code.
    fn bind(&mut self) -> fmt::Result {
        let Self { words, debuggee, out } = self;
        let address = words.next().and_then(number).map(VirtAddr);
        let whose = match (words.next(), words.next().and_then(number)) {
            (Some("all"), None) => Some(Whose::All),
            (Some("process"), Some(id)) => Some(Whose::Process(id)),
            _ => None,
        };
        let Some((address, whose)) = address.zip(whose) else {
            out.write_str("say: monitor breakpoint")?;
            out.write_str(WHOSE)?;
            return out.write_str("\n");
        };
        match (debuggee.rebind(address, whose), whose) {
            (Ok(_), Whose::Process(id)) => {
                writeln!(out, "{address} is of process {id}")
            }
            (Ok(count), Whose::All) => {
                writeln!(
                    out,
                    "{address} is of {count} with the same code there"
                )
            }
            (Err(Refused::Invalid), _) => {
                writeln!(out, "{address} is not of a process")
            }
            (Err(refused), _) => writeln!(out, "{refused}"),
        }
    }
}
