//! QEMU's monitor: what the machine itself says, whatever runs on it.

use crate::deadline::wait_for;
use crate::walk::Memory;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest that QEMU takes to answer anything.
const LIMIT: Duration = Duration::from_secs(30);

/// A connection to a QEMU that was started with
/// `-qmp unix:PATH,server=on,wait=off`.
#[derive(Debug)]
pub struct Monitor {
    stream: BufReader<UnixStream>,
    socket: PathBuf,
}

impl Monitor {
    /// Connects to the socket, as soon as it is there.
    ///
    /// # Panics
    ///
    /// Panics if it does not come within 30 seconds.
    #[must_use]
    pub fn connect(socket: &Path) -> Self {
        let stream = wait_for("QEMU's monitor", LIMIT, || {
            UnixStream::connect(socket).ok()
        });
        stream.set_read_timeout(Some(LIMIT)).expect("a limit can be set");
        let stream = BufReader::new(stream);
        let mut monitor = Self { stream, socket: socket.to_owned() };
        monitor.message(); // the greeting
        monitor.execute(&json!({ "execute": "qmp_capabilities" }));
        monitor
    }

    /// Runs a command of the human monitor and returns its text.
    ///
    /// # Panics
    ///
    /// Panics if QEMU is gone or refuses.
    pub fn command(&mut self, line: &str) -> String {
        let text = self.execute(&json!({
            "execute": "human-monitor-command",
            "arguments": { "command-line": line },
        }));
        text.as_str().expect("it is text").replace('\r', "")
    }

    /// Stops the whole machine, devices and clock included.
    pub fn stop(&mut self) {
        self.execute(&json!({ "execute": "stop" }));
    }

    /// Lets the machine go on.
    pub fn cont(&mut self) {
        self.execute(&json!({ "execute": "cont" }));
    }

    /// Returns physical memory as it is at one moment.
    ///
    /// # Panics
    ///
    /// Panics if QEMU cannot write it.
    pub fn dump(&mut self, bytes: u32) -> Memory {
        let path = self.socket.with_extension("dump");
        self.stop();
        let text = self.command(&format!(
            "pmemsave 0 {bytes} \"{path}\"",
            path = path.display()
        ));
        self.cont();
        assert_eq!(text, "", "pmemsave");
        let memory = fs::read(&path).expect("QEMU has written it");
        fs::remove_file(&path).expect("it is ours");
        assert_eq!(memory.len(), bytes as usize, "a whole dump");
        Memory(memory)
    }

    /// Returns the word at a physical address.
    ///
    /// # Panics
    ///
    /// Panics if QEMU does not show one.
    pub fn word(&mut self, physical: u32) -> u32 {
        let text = self.command(&format!("xp /1xw {physical:#x}"));
        let digits = text.trim().rsplit("0x").next().unwrap_or_default();
        u32::from_str_radix(digits, 16)
            .unwrap_or_else(|_| panic!("xp says {text:?}"))
    }

    fn execute(&mut self, request: &Value) -> Value {
        writeln!(self.stream.get_mut(), "{request}").expect("QEMU is there");
        loop {
            let mut message = self.message();
            if let Some(value) = message.get_mut("return") {
                return value.take();
            }
            // Events come in between.
            let error = message.get("error");
            assert!(error.is_none(), "{request} failed: {message}");
        }
    }

    fn message(&mut self) -> Value {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        read.unwrap_or_else(|error| panic!("no word from QEMU: {error}"));
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("QEMU said {line:?}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_dump_and_a_word_of_an_empty_machine_agree() {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let socket = scratch.path().join("qmp");
        let qmp = format!("unix:{},server=on,wait=off", socket.display());
        let mut qemu = Command::new("qemu-system-i386")
            .args(["-accel", "tcg", "-display", "none", "-nodefaults", "-S"])
            .args(["-m", "4", "-qmp", &qmp])
            .spawn()
            .expect("qemu-system-i386 is installed");
        let mut monitor = Monitor::connect(&socket);
        // The last kilobyte of the BIOS, with the reset vector.
        let bios = 0xf_fc00;
        let words: Vec<_> =
            (0..256).map(|word| monitor.word(bios + word * 4)).collect();
        assert!(words.iter().any(|word| *word != 0));
        let memory = monitor.dump(1 << 20);
        let dumped: Vec<_> =
            (0..256).map(|word| memory.entry(0xf_f000, 0x300 + word)).collect();
        assert_eq!(dumped, words);
        assert!(monitor.command("info registers").contains("EIP="));
        qemu.kill().expect("our own child can be killed");
        qemu.wait().expect("our own child can be waited for");
    }
}
