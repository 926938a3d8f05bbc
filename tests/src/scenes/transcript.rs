//! Text that reads like a person's screen, and whether a client says the same.
//!
//! ```text
//! # a remark
//! (gdb) continue
//! Continuing.
//! ^C
//! Program received signal SIGINT, Interrupt.
//! [..] in [..] at [..].rs:[..]
//! ...
//! ```
//! `[..]` stands for any text within a line, a line of `...` for any lines.
//! Empty lines do not count. `^C` is followed by what is said once the command
//! was interrupted.

use crate::clients::terminal::Reader;

/// What gdb says of a source file, and not of the machine.
const SOURCE_IS_NEWER: &str =
    "warning: Source file is more recent than executable.";

/// A command and what is said to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchange<'t> {
    /// Who reads the command.
    pub reader: Reader,
    /// The command, as it is typed.
    pub command: &'t str,
    /// The lines of the answer, which may be patterns.
    pub expected: Vec<&'t str>,
    /// How many of these lines come before Ctrl-C is pressed; none if it is not.
    pub interrupted_after: Option<usize>,
}

/// Reads a transcript.
///
/// # Panics
///
/// Panics if it does not begin with a command.
#[must_use]
pub fn exchanges(text: &str) -> Vec<Exchange<'_>> {
    let mut exchanges: Vec<Exchange<'_>> = Vec::new();
    let lines = text.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty());
    for line in lines.filter(|line| !line.starts_with("# ")) {
        if let Some((reader, command)) = Reader::of(line) {
            exchanges.push(Exchange {
                reader,
                command,
                expected: Vec::new(),
                interrupted_after: None,
            });
            continue;
        }
        let last = exchanges.last_mut();
        let last = last.expect("a transcript begins with a command");
        if line == "^C" {
            last.interrupted_after = Some(last.expected.len());
        } else {
            last.expected.push(line);
        }
    }
    exchanges
}

/// Returns the lines of an answer that count.
#[must_use]
pub fn lines(answer: &str) -> Vec<&str> {
    let lines = answer.lines().map(str::trim_end);
    lines.filter(|line| !line.is_empty() && !is_by_the_way(line)).collect()
}

/// Returns whether gdb may print this at any time: it warns of a source that
/// was merely touched since the build, and 16 and later tell of each thread
/// that is gone.
fn is_by_the_way(line: &str) -> bool {
    line == SOURCE_IS_NEWER
        || line.starts_with("[Thread ") && line.ends_with(" exited]")
}

/// Returns whether `said` is what these patterns stand for.
#[must_use]
pub fn lines_match(
    expected: &[impl AsRef<str>],
    said: &[impl AsRef<str>],
) -> bool {
    match (expected, said) {
        ([], []) => true,
        ([pattern, rest @ ..], _) if pattern.as_ref() == "..." => {
            (0..=said.len()).any(|skip| lines_match(rest, &said[skip..]))
        }
        ([pattern, rest @ ..], [line, others @ ..]) => {
            line_matches(pattern.as_ref(), line.as_ref())
                && lines_match(rest, others)
        }
        _ => false,
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    match pattern.split_once("[..]") {
        None => pattern == line,
        Some((start, rest)) => line.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices()
                .map(|(at, _)| &tail[at..])
                .chain([""])
                .any(|tail| line_matches(rest, tail))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_any_text_in_its_line() {
        assert!(line_matches("a[..]c[..]", "abcc"));
        assert!(line_matches("[..]", ""));
        assert!(!line_matches("a[..]c", "abcd"));
        assert!(!line_matches("a[..]b", "b"));
    }

    #[test]
    fn three_dots_stand_for_any_lines() {
        assert!(lines_match(&["a", "...", "d"], &["a", "b", "c", "d"]));
        assert!(lines_match(&["a", "..."], &["a"]));
        assert!(!lines_match(&["a", "...", "d"], &["a", "b"]));
        assert!(!lines_match(&[] as &[&str], &["a"]));
    }

    #[test]
    fn a_transcript_is_read_as_exchanges() {
        let text = "# why\n$ gdb x\n(gdb) continue\nContinuing.\n^C\n\nStop.\n";
        assert_eq!(
            exchanges(text),
            [
                Exchange {
                    reader: Reader::Shell,
                    command: "gdb x",
                    expected: vec![],
                    interrupted_after: None,
                },
                Exchange {
                    reader: Reader::Gdb,
                    command: "continue",
                    expected: vec!["Continuing.", "Stop."],
                    interrupted_after: Some(1),
                },
            ]
        );
    }
}
