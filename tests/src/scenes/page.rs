//! The sessions that a page of the documentation shows, each in a block that
//! begins with ```` ```console ````: they are held to the letter, and what is
//! said must be what the page says.
//!
//! `…` stands for anything that a page leaves out: text within a line, or,
//! alone, lines. The width of columns does not count. These numbers differ from
//! one boot or moment to the next, so any other stands for them:
//!
//! - a tick, and the number of a mailbox: the first to be created is the first;
//! - an address in the kernel's image or in the frames after it (above 1 MiB,
//!   below 4 MiB), or in a program's code, and an entry that maps such a frame:
//!   the linker or the allocator chose it.
//!
//! A page shows what is true most of the time, and the system runs meanwhile. So
//! a shell's command is run again for a while if it says something else, and then
//! the session is held again from its first command; a debugger's session at
//! once.

use super::transcript::{Exchange, exchanges, lines, lines_match};
use crate::clients::terminal::{Reader, Terminal};
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

/// For how long a session is held again.
const LIMIT: Duration = Duration::from_secs(120);

/// For how long a shell's command is run again.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// How long a command that goes on by itself may take to print a line.
const LINE_LIMIT: Duration = Duration::from_secs(300);

/// What is chosen by the linker or by the frames' allocator.
const CHOSEN: [Range<u32>; 2] =
    [0x0010_0001..0x0040_0000, 0x4000_0001..0x4600_0000];

/// What is followed by a number that differs from boot to boot.
const COUNTED: [&str; 3] = ["tick ", "mailbox ", "mailbox="];

/// What gdb says instead of letting a person answer.
const ANSWERED: &str = "(y or n) [answered Y; input not from terminal]";

/// Where sessions are held.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The shell's directory.
    pub directory: &'p Path,
    /// A directory of the test's own.
    pub scratch: &'p Path,
}

/// Returns the sessions of a page, in which each name is replaced by a value.
#[must_use]
pub fn sessions(page: &str, names: &[(&str, &str)]) -> Vec<String> {
    let blocks = page.split("\n```console\n").skip(1);
    let blocks = blocks.map(|rest| {
        let block = rest.split_once("\n```").map_or(rest, |(block, _)| block);
        let named =
            names.iter().fold(block.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            });
        let whole = |line: &str| match line.trim() {
            "…" => "...".to_owned(),
            _ => line.replace('…', "[..]"),
        };
        named.lines().map(whole).collect::<Vec<_>>().join("\n")
    });
    blocks.collect()
}

/// Holds a session in a new terminal, until it is as the page says.
///
/// # Panics
///
/// Panics with the first difference if that does not happen in time.
pub fn hold(session: &str, place: Place<'_>) {
    let began = Instant::now();
    while let Err(difference) = try_to_hold(session, place) {
        assert!(began.elapsed() < LIMIT, "{difference}");
    }
}

/// Holds a session whose last command does not end, and returns the terminal
/// where it goes on.
///
/// # Panics
///
/// Panics with the first difference.
#[must_use]
pub fn begin(session: &str, place: Place<'_>) -> Terminal {
    let mut terminal = Terminal::open(place.directory, place.scratch);
    let mut exchanges = exchanges(session);
    let last = exchanges.pop().expect("a session has a command");
    for exchange in &exchanges {
        let said = hold_one(&mut terminal, exchange, Reader::Shell);
        said.unwrap_or_else(|difference| panic!("{difference}"));
    }
    terminal.say(last.command, Reader::Shell);
    let said = read_until(&mut terminal, &last.expected);
    said.unwrap_or_else(|said| panic!("{}", difference(&last, &said)));
    terminal
}

fn try_to_hold(session: &str, place: Place<'_>) -> Result<(), String> {
    let mut terminal = Terminal::open(place.directory, place.scratch);
    let exchanges = exchanges(session);
    let readers = exchanges.iter().map(|exchange| exchange.reader);
    // Who reads a command's mark is who reads the next command.
    let next = readers.skip(1).map(Some).chain([None]);
    for (exchange, next) in exchanges.iter().zip(next) {
        let next = next.unwrap_or(exchange.reader);
        let mut held = hold_one(&mut terminal, exchange, next);
        let began = Instant::now();
        let is_shells = [exchange.reader, next] == [Reader::Shell; 2];
        while is_shells && held.is_err() && began.elapsed() < COMMAND_LIMIT {
            held = hold_one(&mut terminal, exchange, next);
        }
        held?;
    }
    Ok(())
}

fn hold_one(
    terminal: &mut Terminal,
    exchange: &Exchange<'_>,
    next: Reader,
) -> Result<(), String> {
    terminal.say(exchange.command, next);
    let mut said = String::new();
    if let Some(before) = exchange.interrupted_after {
        let expected = &exchange.expected[..before];
        said += &read_until(terminal, expected)
            .map_err(|said| difference(exchange, &said))?;
        terminal.interrupt();
    }
    said += &terminal.answer();
    let expected: Vec<_> = exchange.expected.iter().map(|l| plain(l)).collect();
    let lines: Vec<_> = lines(&said).into_iter().map(plain).collect();
    let is_so = lines_match(&expected, &lines);
    if is_so { Ok(()) } else { Err(difference(exchange, &said)) }
}

/// Reads lines until they are what is expected, or, as an error, no more come.
fn read_until(
    terminal: &mut Terminal,
    expected: &[&str],
) -> Result<String, String> {
    let expected: Vec<_> = expected.iter().map(|line| plain(line)).collect();
    let mut said = String::new();
    loop {
        let Some(line) = terminal.line(LINE_LIMIT) else { return Err(said) };
        said += &line;
        said.push('\n');
        let lines: Vec<_> = lines(&said).into_iter().map(plain).collect();
        if lines_match(&expected, &lines) {
            return Ok(said);
        }
        if lines.len() > 100 {
            return Err(said);
        }
    }
}

fn difference(exchange: &Exchange<'_>, said: &str) -> String {
    format!(
        "`{}` should say:\n  {}\nbut says:\n  {}",
        exchange.command,
        exchange.expected.join("\n  "),
        lines(said).join("\n  "),
    )
}

/// Returns a line without what may differ: see the module.
fn plain(line: &str) -> String {
    let line = line.replace(ANSWERED, "(y or n) y");
    let words: Vec<_> = line.split_whitespace().collect();
    let line = words.join(" ");
    let mut plain = String::new();
    let mut rest = &*line;
    while let Some(first) = rest.chars().next() {
        let hex = rest.strip_prefix("0x");
        let is_counted = COUNTED.iter().any(|word| plain.ends_with(word));
        if let Some((digits, tail)) = hex.map(|hex| number(hex, 16)) {
            let value = u32::from_str_radix(digits, 16);
            let is_chosen = value.is_ok_and(|value| {
                CHOSEN.iter().any(|range| range.contains(&value))
            });
            let shown = if is_chosen { "?" } else { digits };
            let _ = write!(plain, "0x{shown}");
            rest = tail;
        } else if is_counted && first.is_ascii_digit() {
            plain.push('?');
            rest = number(rest, 10).1;
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    plain
}

/// Splits a text after the digits that it begins with.
fn number(text: &str, radix: u32) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_digit(radix));
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_other_languages_are_no_sessions() {
        let page = "a\n```sh\n$ b\n```\n```console\n$ c\n…\nd … e\n```\nf\n";
        assert_eq!(sessions(page, &[("c", "g")]), ["$ g\n...\nd [..] e"]);
    }

    #[test]
    fn only_what_differs_from_boot_to_boot_may_differ() {
        assert_eq!(plain("  a   b"), "a b");
        assert_eq!(plain("until tick 130,"), "until tick ?,");
        assert_eq!(plain("(mailbox=3, len=8)"), "(mailbox=?, len=8)");
        assert_eq!(plain("0x0011e3ea 0x4000001b"), "0x? 0x?");
        for same in ["0x0000b000", "0x02008000", "task 14", "0x00100000"] {
            assert_eq!(plain(same), same);
        }
    }

    #[test]
    fn a_session_is_held_again_until_it_is_so() {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let place =
            Place { directory: scratch.path(), scratch: scratch.path() };
        hold("$ echo >>times; wc -l <times\n3\n", place);
        let wrong = try_to_hold("$ gdb -q\n(gdb) print 1\n$1 = 2\n", place);
        assert_eq!(
            wrong.expect_err("it differs"),
            "`print 1` should say:\n  $1 = 2\nbut says:\n  $1 = 1"
        );
    }
}
