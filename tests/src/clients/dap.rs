//! A debug adapter, as an editor uses it.
//!
//! Spec: Debug Adapter Protocol, "Base protocol".

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that anything takes, on a busy host.
const LIMIT: Duration = Duration::from_secs(90);

/// A running adapter, which is killed when this is dropped.
#[derive(Debug)]
pub struct Dap {
    child: Child,
    input: ChildStdin,
    arrivals: Receiver<Value>,
    /// What has arrived and was not asked for yet.
    kept: VecDeque<Value>,
    sent: u64,
    transcript: String,
}

impl Dap {
    /// Starts an adapter, and has it initialised.
    ///
    /// # Panics
    ///
    /// Panics if it does not start.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the adapter is installed");
        let input = child.stdin.take().expect("it is piped");
        let mut output =
            BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, arrivals) = mpsc::channel();
        thread::spawn(move || {
            while let Some(message) = next(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let (kept, transcript) = (VecDeque::new(), String::new());
        let mut dap =
            Self { child, input, arrivals, kept, sent: 0, transcript };
        let about = json!({"adapterID": "stormglass", "linesStartAt1": true});
        dap.ask("initialize", &about);
        dap
    }

    /// Sends a request; returns its number.
    ///
    /// # Panics
    ///
    /// Panics if the adapter has ended.
    pub fn send(&mut self, command: &str, arguments: &Value) -> u64 {
        self.sent += 1;
        let request = json!({
            "seq": self.sent,
            "type": "request",
            "command": command,
            "arguments": arguments,
        });
        let _ = writeln!(self.transcript, "> {request}");
        let body = request.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let sent = self.input.write_all(frame.as_bytes());
        assert!(sent.is_ok(), "the adapter has ended\n{}", self.transcript);
        self.sent
    }

    /// Returns what a request is answered, which must succeed.
    ///
    /// # Panics
    ///
    /// Panics with the transcript if it fails, or is not answered in time.
    pub fn answer(&mut self, number: u64) -> Value {
        let answer = self.find("an answer", |message| {
            message["type"] == "response" && message["request_seq"] == number
        });
        assert_eq!(answer["success"], true, "{}", self.transcript);
        answer["body"].clone()
    }

    /// Sends a request, and returns the answer.
    pub fn ask(&mut self, command: &str, arguments: &Value) -> Value {
        let number = self.send(command, arguments);
        self.answer(number)
    }

    /// Waits for an event that is not older than the last answer; returns what
    /// it says.
    pub fn event(&mut self, name: &str) -> Value {
        let event = self.find(name, |message| {
            message["type"] == "event" && message["event"] == name
        });
        event["body"].clone()
    }

    /// Forgets the events so far.
    pub fn forget_events(&mut self) {
        self.kept.clear();
    }

    fn find(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + LIMIT;
        loop {
            if let Some(at) = self.kept.iter().position(&is_it) {
                return self.kept.remove(at).expect("it is there");
            }
            let left = until.saturating_duration_since(Instant::now());
            let Ok(message) = self.arrivals.recv_timeout(left) else {
                panic!("{what} is missing\n{}", self.transcript);
            };
            let _ = writeln!(self.transcript, "< {message}");
            self.kept.push_back(message);
        }
    }
}

impl Drop for Dap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a message; none at the end.
fn next(output: &mut impl BufRead) -> Option<Value> {
    let mut len = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", digits)) => len = digits.parse().ok(),
            None if len.is_some() => break,
            _ => {}
        }
    }
    let mut body = vec![0; len?];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
