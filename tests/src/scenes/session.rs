//! A session with gdb, checked against a transcript.
//!
//! A transcript reads like a person's screen:
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
//! Commands are run, and gdb's answers must match: `[..]` stands for any
//! text within a line, a line of `...` for any lines. Empty lines do not
//! count. Names in braces are replaced by the test's values. `^C` is
//! followed by what gdb says once it was interrupted.

use crate::clients::gdb::Gdb;

/// Runs the commands of `transcript` and compares what gdb says.
///
/// `names` are replaced in the transcript first. `running` is called before
/// each Ctrl-C and returns once the target runs.
///
/// # Panics
///
/// Panics at the first answer that differs, with all that was said.
pub fn run(
    gdb: &mut Gdb,
    transcript: &str,
    names: &[(&str, &str)],
    mut running: impl FnMut(),
) {
    let mut text = transcript.to_owned();
    for (name, value) in names {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    for exchange in exchanges(&text) {
        gdb.send(exchange.command);
        let mut answer = String::new();
        if exchange.interrupted {
            answer += &gdb.wait_until_continuing();
            running();
            gdb.interrupt();
        }
        answer += &gdb.answer();
        let said = answer.lines().map(str::trim_end).filter(not_empty);
        let said: Vec<_> = said.filter(|line| !is_by_the_way(line)).collect();
        assert!(
            lines_match(&exchange.expected, &said),
            "`{}` should say:\n  {}\nbut says:\n  {}\nafter:\n{}",
            exchange.command,
            exchange.expected.join("\n  "),
            said.join("\n  "),
            gdb.transcript(),
        );
    }
}

/// What gdb says of a source file, and not of the machine.
const SOURCE_IS_NEWER: &str =
    "warning: Source file is more recent than executable.";

/// Returns whether gdb may print this at any time: it warns of a source that
/// was merely touched since the build, and 16 and later tell of each thread
/// that is gone.
fn is_by_the_way(line: &str) -> bool {
    line == SOURCE_IS_NEWER
        || line.starts_with("[Thread ") && line.ends_with(" exited]")
}

/// A command and what gdb should say to it.
#[derive(PartialEq, Eq, Debug)]
struct Exchange<'t> {
    command: &'t str,
    expected: Vec<&'t str>,
    interrupted: bool,
}

fn exchanges(text: &str) -> Vec<Exchange<'_>> {
    let mut exchanges: Vec<Exchange<'_>> = Vec::new();
    let lines = text.lines().map(str::trim_end).filter(not_empty);
    for line in lines.filter(|line| !line.starts_with("# ")) {
        if let Some(command) = line.strip_prefix("(gdb) ") {
            let expected = Vec::new();
            let interrupted = false;
            exchanges.push(Exchange { command, expected, interrupted });
            continue;
        }
        let last = exchanges.last_mut();
        let last = last.expect("a transcript begins with a command");
        if line == "^C" {
            last.interrupted = true;
        } else {
            last.expected.push(line);
        }
    }
    exchanges
}

fn not_empty(line: &&str) -> bool {
    !line.is_empty()
}

fn lines_match(expected: &[&str], said: &[&str]) -> bool {
    match (expected, said) {
        ([], []) => true,
        (["...", rest @ ..], _) => {
            (0..=said.len()).any(|skip| lines_match(rest, &said[skip..]))
        }
        ([pattern, rest @ ..], [line, others @ ..]) => {
            line_matches(pattern, line) && lines_match(rest, others)
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
        assert!(!lines_match(&[], &["a"]));
    }

    #[test]
    fn a_transcript_is_read_as_exchanges() {
        let text = "# why\n(gdb) continue\nContinuing.\n^C\n\n(gdb) next\n";
        assert_eq!(
            exchanges(text),
            [
                Exchange {
                    command: "continue",
                    expected: vec!["Continuing."],
                    interrupted: true,
                },
                Exchange {
                    command: "next",
                    expected: vec![],
                    interrupted: false,
                },
            ]
        );
    }

    #[test]
    #[should_panic(expected = "`print 2` should say")]
    fn an_answer_that_differs_is_shown() {
        let program = std::env::current_exe().expect("we are a program");
        let mut gdb = Gdb::start(&program);
        let transcript = "(gdb) print 1\n$1 = {one}\n(gdb) print 2\n$2 = 3\n";
        run(&mut gdb, transcript, &[("one", "1")], || {});
    }
}
