//! A session with gdb, checked against a [transcript](super::transcript): its commands are
//! run, and gdb's answers must match. Names in braces are replaced by the
//! test's values.

use super::transcript::{exchanges, lines, lines_match};
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
        if exchange.interrupted_after.is_some() {
            answer += &gdb.wait_until_continuing();
            running();
            gdb.interrupt();
        }
        answer += &gdb.answer();
        let said = lines(&answer);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "`print 2` should say")]
    fn an_answer_that_differs_is_shown() {
        let program = std::env::current_exe().expect("we are a program");
        let mut gdb = Gdb::start(&program);
        let transcript = "(gdb) print 1\n$1 = {one}\n(gdb) print 2\n$2 = 3\n";
        run(&mut gdb, transcript, &[("one", "1")], || {});
    }
}
