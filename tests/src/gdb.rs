//! The real gdb, driven as a person drives it: a command, its answer, and
//! Ctrl-C.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a command takes, on a busy host.
const LIMIT: Duration = Duration::from_secs(180);

/// What gdb says when it lets the target run.
const CONTINUING: &str = "Continuing.\n";

/// A running gdb, which is killed when it is dropped.
#[derive(Debug)]
pub struct Gdb {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    pending: String,
    sent: u32,
    transcript: String,
}

impl Gdb {
    /// Starts gdb on an image, attached to nothing.
    ///
    /// # Panics
    ///
    /// Panics if gdb does not start.
    #[must_use]
    pub fn start(image: &Path) -> Self {
        let (mut reader, writer) = io::pipe().expect("a pipe can be made");
        let both = writer.try_clone().expect("a pipe can be shared");
        let mut child = Command::new("gdb")
            .args(["-q", "-nx", "-ex", "set prompt"])
            .args(["-ex", "set confirm off", "-ex", "set pagination off"])
            .args(["-ex", "set width 0", "-ex", "set height 0"])
            .args(["-ex", "set style enabled off"])
            .args(["-ex", "set debuginfod enabled off"])
            // On a busy host an answer may take longer than gdb's usual
            // two seconds, and then gdb would take the answers to what it
            // says again for those to what it says next.
            .args(["-ex", "set remotetimeout 30"])
            .arg(image)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(both)
            .spawn()
            .expect("gdb is installed");
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
        let mut gdb = Self {
            child,
            input,
            output,
            pending: String::new(),
            sent: 0,
            transcript: String::new(),
        };
        gdb.command("set architecture i386");
        gdb
    }

    /// Attaches to a machine; see [`crate::machine::Endpoint::for_gdb`].
    pub fn attach(&mut self, target: &str) -> String {
        self.command(&format!("target remote {target}"))
    }

    /// Runs a command and returns what gdb says to it, once it is done.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn command(&mut self, line: &str) -> String {
        self.send(line);
        self.answer()
    }

    /// Returns what an expression is, as a number.
    ///
    /// # Panics
    ///
    /// Panics if it is none.
    pub fn number(&mut self, expression: &str) -> u32 {
        let answer = self.command(&format!("printf \"%#x\\n\", {expression}"));
        let digits = answer.trim().trim_start_matches("0x");
        u32::from_str_radix(digits, 16)
            .unwrap_or_else(|_| panic!("{expression} is {answer:?}"))
    }

    /// Sends a command that does not end before [`Self::interrupt`], such
    /// as `continue`; [`Self::answer`] has the rest.
    ///
    /// # Panics
    ///
    /// Panics if gdb is gone.
    pub fn send(&mut self, line: &str) {
        self.sent += 1;
        self.transcript += &format!("(gdb) {line}\n");
        let mark = mark(self.sent);
        let input = write!(self.input, "{line}\necho {mark}\\n\n");
        input.unwrap_or_else(|error| {
            panic!("gdb is gone: {error}\n{}", self.transcript)
        });
    }

    /// Returns what gdb says to the command sent last, once it is done.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if that takes longer than three minutes.
    pub fn answer(&mut self) -> String {
        let mark = mark(self.sent) + "\n";
        self.read_until(&mark)
    }

    /// Runs a command that gdb may not come to an end with, and returns what
    /// it says to it; none if it does not within `limit`.
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
        match self.read_within(&mark, limit) {
            Ok(text) => Some(text),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("gdb has ended"),
        }
    }

    /// Waits until gdb says that the target runs, after a command that
    /// makes it.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if it says nothing like it for three minutes.
    pub fn wait_until_continuing(&mut self) -> String {
        let said = self.read_until(CONTINUING) + CONTINUING;
        self.transcript += CONTINUING;
        said
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Ends gdb as a crash would: the machine hears nothing of it.
    pub fn crash(self) {
        drop(self);
    }

    /// Returns all that was said so far.
    #[must_use]
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    fn read_until(&mut self, end: &str) -> String {
        self.read_within(end, LIMIT).unwrap_or_else(|problem| {
            let problem = match problem {
                RecvTimeoutError::Timeout => "gdb does not go on",
                RecvTimeoutError::Disconnected => "gdb has ended",
            };
            panic!("{problem}:\n{}{}", self.transcript, self.pending);
        })
    }

    fn read_within(
        &mut self,
        end: &str,
        limit: Duration,
    ) -> Result<String, RecvTimeoutError> {
        let start = Instant::now();
        loop {
            if let Some((text, rest)) = self.pending.split_once(end) {
                let text = text.to_owned();
                self.pending = rest.to_owned();
                self.transcript += &text;
                return Ok(text);
            }
            let left = limit.saturating_sub(start.elapsed());
            let bytes = self.output.recv_timeout(left)?;
            self.pending += &String::from_utf8_lossy(&bytes);
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("our own child can be signalled");
    }
}

impl Drop for Gdb {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- gdb\n{}{}---", self.transcript, self.pending);
        }
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
