//! The real lldb, driven as a person drives it: see [`crate::clients::gdb`].

use crate::clients::dialogue::Dialogue;
use std::path::Path;
use std::process::Command;

/// A running lldb, which is killed when it is dropped.
#[derive(Debug)]
pub struct Lldb {
    dialogue: Dialogue,
    sent: u32,
}

impl Lldb {
    /// Starts lldb on an image, attached to nothing. A command is done
    /// before the next begins.
    ///
    /// # Panics
    ///
    /// Panics if lldb does not start.
    #[must_use]
    pub fn start(image: &Path) -> Self {
        Self::run(image, &["-o", "command source -e false /dev/stdin"])
    }

    /// Starts lldb as [`Self::start`] does, but so that it takes commands
    /// while the target runs. Its own reports of stops are sometimes lost:
    /// ask for `process status`.
    ///
    /// # Panics
    ///
    /// Panics if lldb does not start.
    #[must_use]
    pub fn start_interactive(image: &Path) -> Self {
        Self::run(image, &[])
    }

    fn run(image: &Path, mode: &[&str]) -> Self {
        let mut command = Command::new("lldb");
        command.args(["--no-lldbinit", "--no-use-colors"]).args(mode);
        let dialogue = Dialogue::start("lldb", &mut command);
        let mut lldb = Self { dialogue, sent: 0 };
        // As with gdb: a busy host is no reason to resend a packet.
        let patience = "plugin.process.gdb-remote.packet-timeout 60";
        lldb.command(&format!("settings set {patience}"));
        let path = image.display();
        lldb.command(&format!(
            "target create --arch i386-unknown-unknown-elf \"{path}\""
        ));
        lldb
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

    fn send(&mut self, line: &str) {
        self.sent += 1;
        // lldb cannot echo, but it complains about unknown commands.
        self.dialogue.say(line, &mark(self.sent));
    }

    /// Returns the output of the last command sent, once it is done.
    fn answer(&mut self) -> String {
        let mark = mark(self.sent);
        let said =
            self.hear(&format!("error: '{mark}' is not a valid command"));
        // Up to lldb 22 a full stop follows.
        self.dialogue.hear("\n");
        said
    }

    fn hear(&mut self, end: &str) -> String {
        let text = self.dialogue.hear(end);
        // Its input is echoed as it is read.
        let is_said = |line: &&str| !line.starts_with("(lldb) ");
        let said = text.lines().filter(is_said);
        let said: String = said.flat_map(|line| [line, "\n"]).collect();
        self.dialogue.transcript += &said;
        said
    }
}

/// What lldb is sent after the command with this number.
fn mark(number: u32) -> String {
    format!("done-{number}")
}
