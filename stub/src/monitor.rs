//! gdb's `monitor` commands.
//!
//! A short answer is the reply itself, which gdb prints. Tables are sent as
//! console packets, as many as needed.

mod physical;
mod translate;

use crate::answers::tables::{Cursor, Document, Form, Listing};
use crate::answers::{About, MemoryMap, Outcome, Work};
use crate::embed::{Machine, Port};
use crate::link::Reply;
use crate::protocol::Refused;
use crate::storage::Text;
use crate::target::{AddressSpace, Debuggee, Whose};
use core::fmt::{self, Write};
use core::str::SplitAsciiWhitespace;
use layout::{PhysAddr, VirtAddr};
use wire::hex;

/// The commands, besides the tables' names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Command {
    Help,
    Table(Listing),
    Translate,
    Info,
    Physical,
    Link,
    WriteProtect,
    Breakpoint,
    Task,
    Reset,
}

use Command::{
    Breakpoint, Help, Info, Link, Physical, Reset, Task, Translate,
    WriteProtect,
};

/// A command: its name, what follows it, what it does, and which it is.
type Row = (&'static str, &'static str, &'static str, Command);

/// Every command but those that print tables.
static COMMANDS: [Row; 9] = [
    ("help", "", "lists the commands", Help),
    ("translate", " ADDR [TASK]", "page-table entries for ADDR", Translate),
    ("info", " mem [TASK]", "all that is mapped, as QEMU prints it", Info),
    ("physical", " ADDR [LEN]", "up to 256 bytes of memory", Physical),
    ("link", "", "the state of the line, and the last refusal", Link),
    ("write-protect", " on|off", "protects read-only pages", WriteProtect),
    ("breakpoint", " ADDR process P|all", "binds a breakpoint", Breakpoint),
    ("task", " ID", "whose memory lldb shows, from its next stop on", Task),
    ("reset", "", "resets the machine", Reset),
];

/// Returns every command.
fn commands() -> impl Iterator<Item = Row> {
    (0..).map_while(command)
}

/// Returns a command by its number. Not an iterator, so that its code exists
/// only once.
#[inline(never)]
fn command(number: usize) -> Option<Row> {
    let tables = Listing::all().map(|it| {
        let rest = if it == Listing::Regions { " [TASK]" } else { "" };
        (it.name(), rest, it.what(), Command::Table(it))
    });
    tables.chain(COMMANDS.iter().copied()).nth(number)
}

/// The longest command, in bytes.
const LONGEST: usize = 80;

/// Answers what follows `qRcmd,`, in digits after what `reply` has. A separate function, because no other packet
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
    let out = &mut reply.digits();
    // What doesn't fit is cut off.
    let Some((name, rest, _, command)) = find(name) else {
        let _ = writeln!(out, "no command `{name}`: try `monitor help`");
        return Ok(Outcome::Reply);
    };
    let mut answer = Answer { name, rest, words, debuggee, out };
    let _ = match command {
        Reset if answer.debuggee.machine.can_reset() => {
            return Ok(Outcome::Reset);
        }
        Reset => answer.out.write_str("this machine cannot be reset\n"),
        Help => answer.help(),
        Link => answer.link(about),
        WriteProtect => answer.protect(),
        Breakpoint => answer.bind(),
        Translate => answer.translate(),
        Info => match answer.map() {
            Ok(Some(map)) => return Ok(Outcome::Later(Work::Map(map))),
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        },
        Physical => answer.physical(),
        Task => match answer.pin() {
            Ok(Some(task)) => return Ok(Outcome::Pin(task)),
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        },
        Command::Table(listing) => match answer.task() {
            Some(_) if !listing.is_offered(answer.debuggee) => {
                answer.out.write_str("this kernel has no such table\n")
            }
            Some(task) => {
                let (form, cursor) = (Form::Lines, Cursor::START);
                let document = Document { listing, task, form, cursor };
                return Ok(Outcome::Later(Work::Print(document)));
            }
            None => answer.usage(),
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
fn find(name: &str) -> Option<Row> {
    let mut found = None;
    for command in commands().filter(|it| it.0.starts_with(name)) {
        if command.0 == name {
            return Some(command);
        }
        if found.replace(command).is_some() {
            return None;
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
    name: &'static str,
    rest: &'static str,
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
            return Some(self.debuggee.memory_task());
        };
        let task = self.debuggee.machine.task(number(word)?)?;
        self.words.next().is_none().then_some(task.id)
    }

    /// Returns the map to print.
    fn map(&mut self) -> Result<Option<MemoryMap>, fmt::Error> {
        let is_mem = self.words.next() == Some("mem");
        let Some(task) = is_mem.then(|| self.task()).flatten() else {
            self.usage()?;
            return Ok(None);
        };
        match self.debuggee.space(task) {
            Some(AddressSpace::Paged(directory)) => {
                Ok(Some(MemoryMap::new(directory)))
            }
            Some(AddressSpace::Physical) => {
                // What QEMU says.
                self.out.write_str("PG disabled\n")?;
                Ok(None)
            }
            None => {
                self.out.write_str("the task is gone\n")?;
                Ok(None)
            }
        }
    }

    fn physical(&mut self) -> fmt::Result {
        let Self { words, debuggee, out, .. } = self;
        let at = words.next().and_then(number);
        let len = words.next().map_or(Some(physical::LEN), number);
        let len = len.filter(|len| *len <= physical::MOST);
        match (at, len, words.next()) {
            (Some(at), Some(len), None) => {
                physical::write(PhysAddr(at), len, debuggee, *out)
            }
            _ => self.usage(),
        }
    }

    /// Returns the task that memory shall belong to.
    fn pin(&mut self) -> Result<Option<u32>, fmt::Error> {
        if self.debuggee.pinned.is_none() {
            self.out.write_str(
                "this debugger selects a task itself: select a thread\n",
            )?;
            return Ok(None);
        }
        // Not `task()`: without a number, it must not be the pinned one.
        let id = self.words.next().and_then(number);
        let task = id.and_then(|id| self.debuggee.machine.task(id));
        let Some(task) = task.filter(|_| self.words.next().is_none()) else {
            self.usage()?;
            return Ok(None);
        };
        writeln!(self.out, "say `continue`: task {} stops at once", task.id)?;
        Ok(Some(task.id))
    }

    fn usage(&mut self) -> fmt::Result {
        let Self { name, rest, out, .. } = self;
        writeln!(out, "usage: monitor {name}{rest}")
    }

    fn help(&mut self) -> fmt::Result {
        for (name, rest, what, command) in commands() {
            if let Command::Table(listing) = command
                && !listing.is_offered(self.debuggee)
            {
                continue;
            }
            let width = 23_usize.saturating_sub(name.len());
            writeln!(self.out, "monitor {name}{rest:<width$} {what}")?;
        }
        self.out.write_str(concat!(
            "Names can be abbreviated. `regions` and `translate` apply to the\n",
            "selected thread, or to TASK.\n",
        ))
    }

    fn translate(&mut self) -> fmt::Result {
        let address = self.words.next().and_then(number).map(VirtAddr);
        match address.zip(self.task()) {
            None => self.usage(),
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
        out.write_str("last refusal: ")?;
        match debuggee.refused_last {
            Some(refused) => writeln!(out, "{refused}"),
            None => out.write_str("none\n"),
        }
    }

    fn protect(&mut self) -> fmt::Result {
        self.debuggee.protects = match self.words.next() {
            Some("on") => true,
            Some("off") => false,
            _ => return self.usage(),
        };
        self.out.write_str(if self.debuggee.protects {
            "writes to read-only pages are refused\n"
        } else {
            "writes to read-only pages are allowed\n"
        })
    }

    /// Binds a breakpoint to a process, or to all that have the same code.
    fn bind(&mut self) -> fmt::Result {
        let Self { words, debuggee, out, .. } = self;
        let address = words.next().and_then(number).map(VirtAddr);
        let whose = match (words.next(), words.next().and_then(number)) {
            (Some("all"), None) => Some(Whose::All),
            (Some("process"), Some(id)) => Some(Whose::Process(id)),
            _ => None,
        };
        let Some((address, whose)) = address.zip(whose) else {
            return self.usage();
        };
        match (debuggee.rebind(address, whose), whose) {
            (Ok(_), Whose::Process(id)) => {
                writeln!(out, "{address} now belongs to process {id}")
            }
            (Ok(count), Whose::All) => {
                writeln!(out, "{address} now belongs to {count} with this code")
            }
            (Err(Refused::Invalid), _) => {
                writeln!(out, "{address} is not in process space")
            }
            (Err(refused), _) => writeln!(out, "{refused}"),
        }
    }
}
