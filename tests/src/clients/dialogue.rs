//! A debugger as a person uses it: input, output, and the transcript of
//! both.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a command takes, on a busy host.
const LIMIT: Duration = Duration::from_secs(180);

/// A running debugger, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Dialogue {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    pending: String,
    /// The transcript so far; the reading thread appends to it.
    pub(crate) transcript: String,
}

impl Dialogue {
    /// Starts the debugger of this name by `command`.
    ///
    /// # Panics
    ///
    /// Panics if it does not start.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Self {
        let (mut reader, writer) = io::pipe().expect("a pipe can be made");
        let both = writer.try_clone().expect("a pipe can be shared");
        let mut child = command
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(both)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        // An open end of the pipe would hide that the debugger has exited.
        command.stdout(Stdio::null()).stderr(Stdio::null());
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
        let (pending, transcript) = (String::new(), String::new());
        Self { name, child, input, output, pending, transcript }
    }

    /// Types `line`, and then `mark`, which the transcript omits.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if the debugger is gone.
    pub(crate) fn say(&mut self, line: &str, mark: &str) {
        let name = self.name;
        self.transcript += &format!("({name}) {line}\n");
        let input = write!(self.input, "{line}\n{mark}\n");
        input.unwrap_or_else(|error| {
            panic!("{name} is gone: {error}\n{}", self.transcript)
        });
    }

    /// Types `line` alone.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if the debugger is gone.
    pub(crate) fn send(&mut self, line: &str) {
        let sent = writeln!(self.input, "{line}");
        self.transcript += &format!("({}) {line}\n", self.name);
        assert!(sent.is_ok(), "{} is gone\n{}", self.name, self.transcript);
    }

    /// Returns its output up to `end`.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub(crate) fn hear(&mut self, end: &str) -> String {
        self.hear_within(end, LIMIT).unwrap_or_else(|problem| {
            let problem = match problem {
                RecvTimeoutError::Timeout => "does not go on",
                RecvTimeoutError::Disconnected => "has ended",
            };
            let Self { name, transcript, pending, .. } = self;
            panic!("{name} {problem}, to {end:?}:\n{transcript}{pending}");
        })
    }

    /// Returns its output up to `end`.
    ///
    /// # Errors
    ///
    /// Fails if that takes longer than `limit`, or the debugger exits.
    pub(crate) fn hear_within(
        &mut self,
        end: &str,
        limit: Duration,
    ) -> Result<String, RecvTimeoutError> {
        let start = Instant::now();
        loop {
            if let Some((text, rest)) = self.pending.split_once(end) {
                let text = text.to_owned();
                self.pending = rest.to_owned();
                return Ok(text);
            }
            let left = limit.saturating_sub(start.elapsed());
            let bytes = self.output.recv_timeout(left)?;
            self.pending += &String::from_utf8_lossy(&bytes);
        }
    }

    /// Presses Ctrl-C.
    ///
    /// # Panics
    ///
    /// Panics if the debugger cannot be signalled.
    pub(crate) fn interrupt(&self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).expect("our own child can be signalled");
    }

    /// Presses Ctrl-C in a terminal: whatever runs in it is interrupted. It must
    /// have been started in a process group of its own.
    ///
    /// # Panics
    ///
    /// Panics if nothing runs.
    pub(crate) fn interrupt_group(&self) {
        let group = Pid::from_child(&self.child);
        let sent = kill_process_group(group, Signal::INT);
        sent.expect("our own children can be signalled");
    }

    /// Closes a terminal: see [`Self::interrupt_group`].
    pub(crate) fn hang_up(&self) {
        // All of it may have ended already.
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::HUP);
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        // It may have exited by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let Self { name, transcript, pending, .. } = self;
            eprintln!("--- {name}\n{transcript}{pending}---");
        }
    }
}
