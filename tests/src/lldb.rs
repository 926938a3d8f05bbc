//! The real lldb, driven as a person drives it: see [`crate::gdb`].

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a command takes, on a busy host.
const LIMIT: Duration = Duration::from_secs(180);

/// A running lldb, which is killed when it is dropped.
#[derive(Debug)]
pub struct Lldb {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    pending: String,
    sent: u32,
    transcript: String,
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
    /// while the target runs; [`Self::hear`] waits for what comes of it.
    ///
    /// # Panics
    ///
    /// Panics if lldb does not start.
    #[must_use]
    pub fn start_interactive(image: &Path) -> Self {
        Self::run(image, &[])
    }

    fn run(image: &Path, mode: &[&str]) -> Self {
        let (mut reader, writer) = io::pipe().expect("a pipe can be made");
        let both = writer.try_clone().expect("a pipe can be shared");
        let mut child = Command::new("lldb")
            .args(["--no-lldbinit", "--no-use-colors"])
            .args(mode)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(both)
            .spawn()
            .expect("lldb is installed");
        let input = child.stdin.take().expect("it is piped");
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let mut lldb = Self {
            child,
            input,
            output,
            pending: String::new(),
            sent: 0,
            transcript: String::new(),
        };
        // As with gdb: a busy host is no reason to say a thing again.
        let patience = "plugin.process.gdb-remote.packet-timeout 60";
        lldb.command(&format!("settings set {patience}"));
        let path = image.display();
        lldb.command(&format!(
            "target create --arch i386-unknown-unknown-elf \"{path}\""
        ));
        lldb
    }

    /// Runs a command and returns what lldb says to it, once it is done.
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
        self.transcript += &format!("(lldb) {line}\n");
        // lldb cannot echo, but it complains of what it does not know.
        let mark = mark(self.sent);
        let input = write!(self.input, "{line}\n{mark}\n");
        input.unwrap_or_else(|error| {
            panic!("lldb is gone: {error}\n{}", self.transcript)
        });
    }

    /// Returns what lldb says to the command sent last, once it is done.
    fn answer(&mut self) -> String {
        let mark = mark(self.sent);
        self.hear(&format!("error: '{mark}' is not a valid command.\n"))
    }

    /// Returns what lldb says until it says `end`.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn hear(&mut self, end: &str) -> String {
        let start = Instant::now();
        loop {
            if let Some((text, rest)) = self.pending.split_once(end) {
                // What it reads is shown as it is read.
                let is_said = |line: &&str| !line.starts_with("(lldb) ");
                let said = text.lines().filter(is_said);
                let said: String = said.flat_map(|line| [line, "\n"]).collect();
                self.pending = rest.to_owned();
                self.transcript += &said;
                return said;
            }
            let left = LIMIT.saturating_sub(start.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => {
                    self.pending += &String::from_utf8_lossy(&bytes);
                }
                Err(problem) => {
                    let problem = match problem {
                        RecvTimeoutError::Timeout => "lldb does not go on",
                        RecvTimeoutError::Disconnected => "lldb has ended",
                    };
                    let said = format!("{}{}", self.transcript, self.pending);
                    panic!("{problem}, to {end:?}:\n{said}");
                }
            }
        }
    }
}

impl Drop for Lldb {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- lldb\n{}{}---", self.transcript, self.pending);
        }
    }
}

/// What lldb is given when the command with this number is done.
fn mark(number: u32) -> String {
    format!("done-{number}")
}
