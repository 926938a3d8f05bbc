//! `log --follow`: lines as they come, until Ctrl-C.

use crate::peer::{Peer, TARGET, head, reply};
use crate::program::program;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use wire::query::Query;
use wire::rows::{LogEntry, Table};

/// Longer than any line takes to come.
const DEADLINE: Duration = Duration::from_secs(20);

/// Returns a kernel that writes a line each time it is asked, in pages of
/// two, keeps only the last `keeps`, and counts how often it was asked.
fn busy_kernel(keeps: u32) -> (Peer, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let peer = Peer::answering(move |request| {
        let Query::Rows { table: Table::Log, from, .. } = request.query else {
            panic!("not a question about the log: {request:?}");
        };
        let lines = 3 * (counter.fetch_add(1, Ordering::SeqCst) + 1);
        let first = from.max(lines.saturating_sub(keeps));
        let mut body = Vec::new();
        for number in (first..lines).take(2) {
            let text = format!("line {number}");
            let row = LogEntry { number, tick: number / 2, text: &text };
            let mut buffer = [0; 64];
            let row = postcard::to_slice(&row, &mut buffer).expect("it fits");
            body.extend(&*row);
        }
        Some(reply(&head(&request), &body))
    });
    (peer, asked)
}

fn follow(peer: &Peer, flags: &[&str]) -> Child {
    let arguments = [&["-t", TARGET][..], flags, &["log", "--follow"]].concat();
    program(peer.directory(), &arguments).spawn().expect("the program starts")
}

fn press_ctrl_c(child: &Child) {
    let command = format!("kill -INT {}", child.id());
    let status = Command::new("sh").args(["-c", &command]).status();
    assert!(status.expect("a shell").success());
}

/// Reads this many lines of what `child` prints.
fn lines(child: &mut Child, count: usize) -> Vec<String> {
    let stdout = child.stdout.take().expect("it is piped");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Read on: what is not read ends the program.
            let _ = sender.send(line);
        }
    });
    let next = |_| receiver.recv_timeout(DEADLINE).expect("a line in time");
    (0..count).map(next).collect()
}

/// Returns with which code `child` ends.
fn exit_code(mut child: Child) -> Option<i32> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait()));
    let status = receiver.recv_timeout(DEADLINE).expect("it ends in time");
    status.expect("a status").code()
}

#[test]
fn each_line_is_printed_once_and_in_order() {
    let (peer, _) = busy_kernel(u32::MAX);
    let mut child = follow(&peer, &[]);
    let got = lines(&mut child, 9);
    let expected = (0..9).map(|n| format!("{:>8}  line {n}", n / 2));
    assert_eq!(got, expected.collect::<Vec<_>>());
    press_ctrl_c(&child);
    assert_eq!(exit_code(child), Some(130));
}

#[test]
fn closing_the_pipe_ends_it() {
    let (peer, _) = busy_kernel(u32::MAX);
    let mut child = follow(&peer, &[]);
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert_eq!(exit_code(child), Some(0));
}

#[test]
fn ctrl_c_ends_a_document_with_all_that_came() {
    let (peer, asked) = busy_kernel(u32::MAX);
    let child = follow(&peer, &["--json"]);
    let began = std::time::Instant::now();
    while asked.load(Ordering::SeqCst) < 4 {
        assert!(began.elapsed() < DEADLINE, "it does not ask");
        std::thread::yield_now();
    }
    press_ctrl_c(&child);
    let output = child.wait_with_output().expect("its output");
    assert_eq!(output.status.code(), Some(130));
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("a document");
    assert_eq!(document["error"]["code"], "interrupted");
    let log = document["log"].as_array().expect("entries");
    assert!(log.len() >= 6, "{log:?}");
    for (number, entry) in log.iter().enumerate() {
        assert_eq!(entry["number"], number);
        assert_eq!(entry["text"], format!("line {number}"));
    }
}

#[test]
fn lines_that_were_overwritten_are_missed() {
    // Three lines come for each two that are taken.
    let (peer, _) = busy_kernel(4);
    let mut child = follow(&peer, &[]);
    let mut stderr = child.stderr.take().expect("it is piped");
    lines(&mut child, 20);
    press_ctrl_c(&child);
    assert_eq!(exit_code(child), Some(130));
    let mut text = String::new();
    stderr.read_to_string(&mut text).expect("text");
    assert!(text.contains("came too fast"), "{text}");
}
