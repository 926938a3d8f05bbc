//! The real gdb, driven as a person drives it: a command, its answer, and
//! Ctrl-C.

use crate::clients::dialogue::Dialogue;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// What gdb says when it lets the target run.
const CONTINUING: &str = "Continuing.\n";

/// What makes gdb print the same everywhere, and wait for a busy host.
pub(super) const SETTINGS: [&str; 7] = [
    "set prompt",
    "set pagination off",
    "set width 0",
    "set height 0",
    "set style enabled off",
    "set debuginfod enabled off",
    // On a busy host an answer may take longer than gdb's usual two seconds.
    // gdb would then resend, and take the second reply for that to its next
    // packet.
    "set remotetimeout 30",
];

/// A running gdb, which is killed when it is dropped.
#[derive(Debug)]
pub struct Gdb {
    dialogue: Dialogue,
    sent: u32,
}

impl Gdb {
    /// Starts gdb on an image, attached to nothing.
    ///
    /// # Panics
    ///
    /// Panics if gdb does not start.
    #[must_use]
    pub fn start(image: &Path) -> Self {
        let mut command = Command::new("gdb");
        command.args(["-q", "-nx", "-ex", "set confirm off"]);
        command.args(SETTINGS.iter().flat_map(|setting| ["-ex", setting]));
        command.arg(image);
        let dialogue = Dialogue::start("gdb", &mut command);
        let mut gdb = Self { dialogue, sent: 0 };
        gdb.command("set architecture i386");
        gdb
    }

    /// Attaches to a machine; see [`crate::line::Endpoint::for_gdb`].
    pub fn attach(&mut self, target: &str) -> String {
        self.command(&format!("target remote {target}"))
    }

    /// Runs a command and returns its output, once it is done.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn command(&mut self, line: &str) -> String {
        self.send(line);
        self.answer()
    }

    /// Returns the value of an expression, as a number.
    ///
    /// # Panics
    ///
    /// Panics if it is not a number.
    pub fn number(&mut self, expression: &str) -> u32 {
        let answer = self.command(&format!("printf \"%#x\\n\", {expression}"));
        let digits = answer.trim().trim_start_matches("0x");
        u32::from_str_radix(digits, 16)
            .unwrap_or_else(|_| panic!("{expression} is {answer:?}"))
    }

    /// Writes bytes, one by one.
    ///
    /// # Panics
    ///
    /// Panics if gdb prints anything.
    pub fn write(&mut self, at: u32, bytes: &[u8]) {
        for (at, byte) in (at..).zip(bytes) {
            let place = format!("*(unsigned char *) {at:#x}");
            let said = self.command(&format!("set var {place} = {byte}"));
            assert_eq!(said, "", "{at:#x}");
        }
    }

    /// Sends a command that does not end before [`Self::interrupt`], such
    /// as `continue`; [`Self::answer`] has the rest.
    ///
    /// # Panics
    ///
    /// Panics if gdb is gone.
    pub fn send(&mut self, line: &str) {
        self.sent += 1;
        let mark = mark(self.sent);
        self.dialogue.say(line, &format!("echo {mark}\\n"));
    }

    /// Returns the output of the last command sent, once it is done.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn answer(&mut self) -> String {
        let mark = mark(self.sent) + "\n";
        self.read_until(&mark)
    }

    /// Runs a command that gdb may never finish, and returns its output; none
    /// if it does not finish within `limit`.
    ///
    /// # Panics
    ///
    /// Panics if gdb is gone.
    pub fn try_command(
        &mut self,
        line: &str,
        limit: Duration,
    ) -> Option<String> {
        self.send(line);
        let mark = mark(self.sent) + "\n";
        match self.dialogue.hear_within(&mark, limit) {
            Ok(text) => {
                self.dialogue.transcript += &text;
                Some(text)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("gdb has ended"),
        }
    }

    /// Waits until gdb says that the target runs, after a command that
    /// resumes it.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn wait_until_continuing(&mut self) -> String {
        let said = self.read_until(CONTINUING) + CONTINUING;
        self.dialogue.transcript += CONTINUING;
        said
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        self.dialogue.interrupt();
    }

    /// Ends gdb as a crash would: the machine is not told.
    pub fn crash(self) {
        drop(self);
    }

    /// Returns the transcript so far.
    #[must_use]
    pub fn transcript(&self) -> &str {
        &self.dialogue.transcript
    }

    fn read_until(&mut self, end: &str) -> String {
        let text = self.dialogue.hear(end);
        self.dialogue.transcript += &text;
        text
    }
}

/// What gdb echoes when the command with this number is done.
fn mark(number: u32) -> String {
    format!("<done {number}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gdb() -> Gdb {
        Gdb::start(&std::env::current_exe().expect("we are a program"))
    }

    #[test]
    fn an_answer_belongs_to_its_command() {
        let mut gdb = gdb();
        assert_eq!(gdb.command("print 6 * 7"), "$1 = 42\n");
        let unknown = gdb.command("nonsense");
        assert!(unknown.starts_with("Undefined command"), "{unknown}");
        assert_eq!(gdb.command("print 6 * 8"), "$2 = 48\n");
        assert!(gdb.transcript().ends_with("(gdb) print 6 * 8\n$2 = 48\n"));
    }
}
