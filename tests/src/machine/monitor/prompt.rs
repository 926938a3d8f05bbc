//! Bochs' built-in debugger, at the prompt that Ctrl-C brings up.

use crate::machine::walk::Memory;
use rustix::process::{Pid, Signal, kill_process};
use std::fmt;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that Bochs takes to answer anything.
const LIMIT: Duration = Duration::from_secs(60);
/// How long it may take to notice a Ctrl-C before it gets another one.
const PATIENCE: Duration = Duration::from_millis(500);

/// A Bochs, by its standard input and output.
pub(super) struct Prompt {
    pid: Pid,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    said: String,
    /// Bochs numbers its prompts; this is the next one's.
    number: u32,
    stopped: bool,
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bochs, process {:?}, said {:?}", self.pid, self.said)
    }
}

impl Prompt {
    pub(super) fn of(bochs: &mut Child) -> Self {
        let input = bochs.stdin.take().expect("it is piped");
        let mut stdout = bochs.stdout.take().expect("it is piped");
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut chunk = vec![0; 1 << 16];
            while let Ok(read @ 1..) = stdout.read(&mut chunk) {
                if sender.send(chunk[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let pid = Pid::from_child(bochs);
        let said = String::new();
        Self { pid, input, output, said, number: 1, stopped: false }
    }

    /// Runs a command and returns its answer; the machine is stopped only
    /// meanwhile, unless it was already.
    pub(super) fn command(&mut self, line: &str) -> String {
        let was_stopped = self.stopped;
        self.stop();
        self.send(line);
        let said = self.wait_for_prompt(LIMIT);
        let said = said.unwrap_or_else(|| panic!("no answer: {self:?}"));
        if !was_stopped {
            self.cont();
        }
        // The first line is the command's echo.
        said.split_once('\n').map_or("", |(_, answer)| answer).to_owned()
    }

    pub(super) fn stop(&mut self) {
        let start = Instant::now();
        while !self.stopped {
            assert!(start.elapsed() < LIMIT, "Bochs does not stop: {self:?}");
            // It forgets a Ctrl-C that comes before it has really resumed.
            let sent = kill_process(self.pid, Signal::INT);
            sent.expect("our own child can be signalled");
            self.stopped = self.wait_for_prompt(PATIENCE).is_some();
        }
    }

    pub(super) fn cont(&mut self) {
        if self.stopped {
            self.send("continue");
            // A Ctrl-C in the middle of the line would spoil it.
            let gone = self.wait_for("continue\n", LIMIT);
            assert!(gone.is_some(), "Bochs does not go on: {self:?}");
            self.stopped = false;
        }
    }

    pub(super) fn dump(&mut self, bytes: u32) -> Memory {
        let text = self.command(&format!("xp /{}wx 0", bytes / 4));
        let mut memory = Vec::with_capacity(bytes as usize);
        // Lines such as `0x0000000000000000 <bogus+       0>:	0x1	0x2`.
        for line in text.lines() {
            let Some((_, words)) = line.split_once(">:") else { continue };
            for word in words.split_whitespace() {
                let digits = word.trim_start_matches("0x");
                let word = u32::from_str_radix(digits, 16);
                let word = word.unwrap_or_else(|_| panic!("{line:?}"));
                memory.extend(word.to_le_bytes());
            }
        }
        assert_eq!(memory.len(), bytes as usize, "a whole dump");
        Memory(memory)
    }

    fn send(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("Bochs reads commands");
        self.number += 1;
    }

    /// Returns Bochs' output before its next prompt.
    fn wait_for_prompt(&mut self, limit: Duration) -> Option<String> {
        self.wait_for(&format!("<bochs:{}> ", self.number), limit)
    }

    /// Returns Bochs' output before `end`.
    fn wait_for(&mut self, end: &str, limit: Duration) -> Option<String> {
        let start = Instant::now();
        let mut searched = 0;
        loop {
            let rest = self.said.get(searched..).unwrap_or_default();
            if let Some(at) = rest.find(end) {
                let rest = self.said.split_off(searched + at + end.len());
                let mut said = std::mem::replace(&mut self.said, rest);
                said.truncate(searched + at);
                return Some(said);
            }
            searched = self.said.len().saturating_sub(end.len());
            let left = limit.checked_sub(start.elapsed())?;
            let bytes = self.output.recv_timeout(left).ok()?;
            self.said += &String::from_utf8_lossy(&bytes);
        }
    }
}
