//! A command that fails prints one sentence, exits with the code that says
//! why, and repeats both in a JSON document.

use serde_json::Value;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::thread;
use tempfile::TempDir;
use tests::clients::host_cli::{self, Answer};
use tests::clients::questions::QUESTIONS;
use tests::line::{Endpoint, Fate, Line};
use tests::machine::Setup;
use tests::scenes::outside::Outside;

/// Asserts that `answer` failed with this exit code and error code, and
/// says why in a sentence, on standard error and in JSON.
fn assert_fails(answer: &Answer, exit: i32, code: &str) {
    assert_eq!(answer.code, exit, "{answer:?}");
    let error = &answer.json["error"];
    assert_eq!(error["code"], code, "{answer:?}");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(is_sentence(message), "{answer:?}");
    let told: Vec<_> = answer.stderr.trim_end().lines().collect();
    assert!(
        told.iter().any(|line| line.contains(first_clause(message))),
        "{answer:?}"
    );
}

fn is_sentence(message: &str) -> bool {
    message.split(' ').count() >= 4
        && !message.contains('\n')
        && !message.contains("Error {")
        && !message.contains("Os {")
}

fn first_clause(message: &str) -> &str {
    message.split([';', ':', ',']).next().unwrap_or(message)
}

#[test]
fn an_unmapped_address_is_an_answer_and_no_error() {
    let machine = Setup::demo().boot();
    let answer = host_cli::json(machine.endpoint(), &["translate", "0"]);
    assert_eq!(answer.code, 1);
    assert_eq!(answer.json["error"], Value::Null);
    let translation = &answer.json["translation"];
    assert_eq!(translation["mapped"], false);
    assert_eq!(translation["physical"], Value::Null);
    let reason = translation["reason"].as_str().unwrap_or_default();
    assert!(is_sentence(reason), "{translation}");
}

#[test]
fn a_read_ends_where_nothing_is_mapped_and_keeps_the_prefix() {
    let machine = Setup::demo().boot();
    // The page before the temporary window's row is its own witness:
    // the last mapped page below an unmapped one.
    let regions = host_cli::json(machine.endpoint(), &["regions"]);
    let rows = regions.rows("regions");
    let last = rows
        .windows(2)
        .map(|pair| {
            let last = host_cli::address(&pair[0]["last"]);
            (last, host_cli::address(&pair[1]["start"]))
        })
        .find(|(last, next)| last + 1 != *next && *last > 0x0010_0000)
        .expect("there is a gap above the kernel")
        .0;
    let start = format!("{:#x}", last - 15);
    let answer = host_cli::json(machine.endpoint(), &["read", &start, "64"]);
    assert_fails(&answer, 5, "refused");
    let read = &answer.json["read"];
    assert_eq!(read["bytes"], 16, "{read}");
    assert_eq!(read["data"].as_str().map(str::len), Some(32), "{read}");
}

#[test]
fn a_missing_task_is_no_answer() {
    let machine = Setup::demo().boot();
    let queries: [&[&str]; 4] = [
        &["translate", "0x100000", "--task", "9999"],
        &["translate", "0x100000", "--process", "9999"],
        &["regions", "--task", "9999"],
        &["read", "0x100000", "16", "--task", "9999"],
    ];
    for query in queries {
        let answer = host_cli::json(machine.endpoint(), query);
        assert_fails(&answer, 1, "no_answer");
        assert!(answer.stderr.contains("9999"), "{answer:?}");
    }
}

#[test]
fn a_target_that_is_not_there_cannot_be_opened() {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let nothing = scratch.path().join("nothing");
    for target in [
        Endpoint::Unix(nothing.clone()),
        Endpoint::Pty(nothing),
        Endpoint::Tcp("127.0.0.1:1".to_owned()),
    ] {
        let answer = host_cli::json(&target, &["info"]);
        assert_fails(&answer, 3, "cannot_open");
        assert_eq!(answer.json["info"], Value::Null, "{answer:?}");
    }
}

/// A peer that answers each connection with what `speak` makes of it.
fn peer(
    speak: impl Fn(&[u8]) -> Vec<u8> + Send + 'static,
) -> (TempDir, Endpoint) {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let path: PathBuf = scratch.path().join("peer");
    let listener = UnixListener::bind(&path).expect("it can be bound");
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut chunk = [0; 1024];
            while let Ok(read @ 1..) = stream.read(&mut chunk) {
                let reply = speak(&chunk[..read]);
                if stream.write_all(&reply).is_err() {
                    break;
                }
            }
        }
    });
    (scratch, Endpoint::Unix(path))
}

#[test]
fn a_peer_that_speaks_no_rsp_is_told_as_such() {
    let (_scratch, target) = peer(|_| b"login: \r\n".to_vec());
    let answer = host_cli::json(&target, &["--timeout", "500", "threads"]);
    assert_fails(&answer, 3, "cannot_open");
}

#[test]
fn a_peer_that_is_silent_is_told_as_such() {
    let (_scratch, target) = peer(|_| Vec::new());
    let answer = host_cli::json(&target, &["--timeout", "500", "threads"]);
    assert_fails(&answer, 3, "cannot_open");
}

#[test]
fn every_command_says_what_cannot_be_known_behind_qemus_stub() {
    /// What registers and memory suffice for.
    const COMPUTED: [&str; 8] = [
        "info",
        "translate",
        "regions",
        "who",
        "read",
        "search",
        "checksum",
        "regs",
    ];
    let mut machine = Setup::demo().boot();
    let outside = Outside::of(&mut machine);
    let target = Endpoint::Unix(outside.socket());
    for question in &QUESTIONS {
        let words = question.words(3, 2);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let answer = host_cli::json(&target, &words);
        let names_a_task = words.iter().any(|word| word.starts_with("--task"));
        if COMPUTED.contains(&words[0]) && !names_a_task {
            // Who runs, and whether it has what is asked for, is chance.
            assert!(matches!(answer.code, 0 | 1 | 5), "{answer:?}");
        } else {
            assert_fails(&answer, 5, "refused");
        }
    }
}

#[test]
fn a_kernel_without_a_stub_gives_no_answer() {
    let machine = Setup::without_stub().boot();
    let query = ["--timeout", "500", "threads"];
    let answer = host_cli::json(machine.endpoint(), &query);
    assert_fails(&answer, 3, "cannot_open");
}

#[test]
fn a_line_that_is_cut_amid_an_answer_has_failed() {
    let machine = Setup::demo().boot();
    let fate = Fate::IsCutAfter(6000);
    let line = Line::new(machine.endpoint(), 115_200, fate);
    let query = ["read", "0x100000", "64KiB"];
    let answer = host_cli::json(&line.near_end(), &query);
    assert_fails(&answer, 4, "link");
}

#[test]
fn a_line_that_falls_silent_amid_an_answer_times_out() {
    let machine = Setup::demo().boot();
    let fate = Fate::FallsSilentAfter(6000);
    let line = Line::new(machine.endpoint(), 115_200, fate);
    let query = ["--timeout", "500", "read", "0x100000", "64KiB"];
    let answer = host_cli::json(&line.near_end(), &query);
    assert_fails(&answer, 7, "timeout");
}

#[test]
fn a_wrong_argument_is_a_usage_error_in_text() {
    for arguments in [
        &["-t", "unix:/nowhere", "translate", "wonderland"][..],
        &["-t", "carrier-pigeon:coop", "info"],
        &["-t", "unix:/nowhere", "frobnicate"],
    ] {
        let ended = host_cli::run(arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert_eq!(ended.stdout, "", "{ended:?}");
        assert!(!ended.stderr.is_empty());
    }
}
