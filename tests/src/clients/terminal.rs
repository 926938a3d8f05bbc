//! A terminal with a shell in it, where a person starts debuggers and other
//! programs and types into them.

use crate::clients::dialogue::Dialogue;
use crate::clients::gdb;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// How long the programs of a terminal that was closed may take to end.
const END_LIMIT: Duration = Duration::from_secs(30);

/// When they are told again.
const AGAIN: Duration = Duration::from_millis(500);

/// Who reads what is typed, by the prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// The shell.
    Shell,
    /// gdb.
    Gdb,
    /// lldb.
    Lldb,
}

impl Reader {
    /// Returns who reads the command of this line, and the command; none if it
    /// has no prompt.
    #[must_use]
    pub fn of(line: &str) -> Option<(Self, &str)> {
        let readers = [Self::Shell, Self::Gdb, Self::Lldb];
        readers.into_iter().find_map(|reader| {
            let command = line.strip_prefix(reader.prompt())?;
            Some((reader, command))
        })
    }

    const fn prompt(self) -> &'static str {
        match self {
            Self::Shell => "$ ",
            Self::Gdb => "(gdb) ",
            Self::Lldb => "(lldb) ",
        }
    }

    /// Returns a command that makes this reader print a line, and the line.
    fn mark(self, number: u32) -> (String, String) {
        let mark = format!("done-{number}");
        match self {
            Self::Shell => (format!("echo {mark}"), mark + "\n"),
            Self::Gdb => (format!("echo {mark}\\n"), mark + "\n"),
            // lldb cannot echo, but it complains about unknown commands.
            Self::Lldb => {
                let said = format!("error: '{mark}' is not a valid command.\n");
                (mark, said)
            }
        }
    }
}

/// A terminal, which is closed when this is dropped: what runs in it is hung
/// up, as by the real thing.
#[derive(Debug)]
pub struct Terminal {
    dialogue: Dialogue,
    end: String,
    said: u32,
}

impl Terminal {
    /// Opens a terminal of 80 columns, whose shell is in `directory`. A gdb that
    /// is started there has the tests' settings, and keeps them in `scratch`.
    ///
    /// # Panics
    ///
    /// Panics if the shell does not start.
    #[must_use]
    pub fn open(directory: &Path, scratch: &Path) -> Self {
        let home = scratch.join("gdb");
        let init = gdb::SETTINGS.join("\n") + "\n";
        let written = std::fs::create_dir_all(&home)
            .and_then(|()| std::fs::write(home.join("gdbinit"), init));
        written.expect("our own directory can be written to");
        // A shell keeps ignoring what its parent ignores, as `nohup` does.
        let mut command = Command::new("env");
        command
            .args(["--default-signal", "bash", "--noprofile", "--norc"])
            .current_dir(directory)
            .process_group(0)
            .env("COLUMNS", "80")
            .env("XDG_CONFIG_HOME", scratch)
            .env("TMPDIR", scratch)
            // Cargo's progress is not part of what a command says.
            .env("CARGO_TERM_QUIET", "true")
            .env_remove("HOST_CLI_TARGET")
            .env_remove("HOST_CLI_IMAGE");
        let dialogue = Dialogue::start("terminal", &mut command);
        Self { dialogue, end: String::new(), said: 0 }
    }

    /// Types a command. `next` is who reads what is typed after it.
    ///
    /// # Panics
    ///
    /// Panics if nobody reads any more.
    pub fn say(&mut self, command: &str, next: Reader) {
        // lldb would let commands overtake one another, and colours them.
        let command = match command {
            "lldb" => {
                "lldb --no-lldbinit --no-use-colors \
                 -o 'command source -e false /dev/stdin'"
            }
            command => command,
        };
        self.said += 1;
        let (mark, end) = next.mark(self.said);
        self.end = end;
        self.dialogue.say(command, &mark);
    }

    /// Returns what was printed since the last command, once it is done.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn answer(&mut self) -> String {
        let text = self.dialogue.hear(&self.end);
        // lldb echoes what it reads.
        let is_said = |line: &&str| !line.starts_with("(lldb) ");
        let said = text.lines().filter(is_said);
        let said: String = said.flat_map(|line| [line, "\n"]).collect();
        self.dialogue.transcript += &said;
        said
    }

    /// Returns the next line that is printed; none if that takes longer than
    /// `limit`.
    ///
    /// # Panics
    ///
    /// Panics if everything in the terminal has ended.
    pub fn line(&mut self, limit: Duration) -> Option<String> {
        match self.dialogue.hear_within("\n", limit) {
            Ok(line) => {
                self.dialogue.transcript += &line;
                self.dialogue.transcript += "\n";
                Some(line)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("it has ended"),
        }
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        self.dialogue.interrupt_group();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let began = Instant::now();
        // Its output ends with the last program that could print. A program
        // that is just being started may miss the signal.
        while began.elapsed() < END_LIMIT {
            self.dialogue.hang_up();
            if self
                .dialogue
                .hear_within("\0", AGAIN)
                .is_err_and(|error| error == RecvTimeoutError::Disconnected)
            {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> (tempfile::TempDir, Terminal) {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let terminal = Terminal::open(Path::new("/"), scratch.path());
        (scratch, terminal)
    }

    #[test]
    fn gdb_takes_over_and_gives_back() {
        let (_scratch, mut terminal) = terminal();
        terminal.say("pwd", Reader::Shell);
        assert_eq!(terminal.answer(), "/\n");
        terminal.say("gdb -q", Reader::Gdb);
        terminal.answer();
        terminal.say("print 6 * 7", Reader::Gdb);
        assert_eq!(terminal.answer(), "$1 = 42\n");
        terminal.say("quit", Reader::Shell);
        terminal.answer();
        terminal.say("echo $((6 * 7))", Reader::Shell);
        assert_eq!(terminal.answer(), "42\n");
    }

    #[test]
    fn what_runs_in_it_ends_with_it() {
        let (scratch, mut terminal) = terminal();
        let mark = scratch.path().join("ended");
        // Not `read`, which would take what is typed next.
        let script = format!(
            "bash -c 'trap \"echo >{}; exit\" HUP; echo up; sleep 600 & wait'",
            mark.display()
        );
        terminal.say(&script, Reader::Shell);
        assert_eq!(terminal.line(END_LIMIT).as_deref(), Some("up"));
        let began = Instant::now();
        drop(terminal);
        assert!(mark.exists(), "it was told");
        assert!(began.elapsed() < END_LIMIT, "all of it has ended");
    }
}
