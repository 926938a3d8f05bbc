//! gdb's machine interface, as some editors use it.

use crate::clients::dialogue::Dialogue;
use crate::clients::gdb::SETTINGS;
use std::process::Command;

/// A gdb that speaks MI, and is killed when this is dropped.
#[derive(Debug)]
pub struct Mi {
    dialogue: Dialogue,
    sent: u32,
}

impl Mi {
    /// Starts gdb on nothing.
    ///
    /// # Panics
    ///
    /// Panics if it does not start.
    #[must_use]
    pub fn start() -> Self {
        let mut command = Command::new("gdb");
        command.args(["-q", "-nx", "-i", "mi2"]);
        // A prompt is part of MI.
        let settings = SETTINGS.iter().filter(|it| !it.contains("prompt"));
        command.args(settings.flat_map(|setting| ["-ex", setting]));
        Self { dialogue: Dialogue::start("gdb", &mut command), sent: 0 }
    }

    /// Sends a command, and returns its result, which is no error.
    ///
    /// # Panics
    ///
    /// Panics if it is an error, or does not come in time.
    pub fn ask(&mut self, command: &str) -> String {
        self.sent += 1;
        let token = self.sent;
        self.dialogue.send(&format!("{token}{command}"));
        let before = self.dialogue.hear(&format!("{token}^"));
        let result = self.dialogue.hear("\n");
        self.dialogue.transcript += &format!("{before}{token}^{result}\n");
        assert!(!result.starts_with("error"), "{command}: {result}");
        result
    }

    /// Waits until the target stops, and returns why and where.
    ///
    /// # Panics
    ///
    /// Panics if that does not happen in time.
    pub fn stop(&mut self) -> String {
        let before = self.dialogue.hear("*stopped,");
        let stop = self.dialogue.hear("\n");
        self.dialogue.transcript += &format!("{before}*stopped,{stop}\n");
        stop
    }
}
