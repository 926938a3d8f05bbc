//! QEMU's monitor, through its machine protocol.

use crate::host::deadline::wait_for;
use crate::machine::walk::Memory;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest that QEMU takes to answer anything.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection to QEMU.
#[derive(Debug)]
pub(super) struct Qmp {
    stream: BufReader<UnixStream>,
    socket: PathBuf,
}

impl Qmp {
    /// Connects to the socket, as soon as it exists.
    pub(super) fn connect(socket: &Path) -> Self {
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
    pub(super) fn command(&mut self, line: &str) -> String {
        let text = self.execute(&json!({
            "execute": "human-monitor-command",
            "arguments": { "command-line": line },
        }));
        text.as_str().expect("it is text").replace('\r', "")
    }

    /// Stops the whole machine, devices and clock included.
    pub(super) fn stop(&mut self) {
        self.execute(&json!({ "execute": "stop" }));
    }

    /// Resumes the machine.
    pub(super) fn cont(&mut self) {
        self.execute(&json!({ "execute": "cont" }));
    }

    /// Returns physical memory as it is at one moment.
    pub(super) fn dump(&mut self, bytes: u32) -> Memory {
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

    fn execute(&mut self, request: &Value) -> Value {
        writeln!(self.stream.get_mut(), "{request}").expect("QEMU is there");
        loop {
            let mut message = self.message();
            if let Some(value) = message.get_mut("return") {
                return value.take();
            }
            // Events may come first.
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
