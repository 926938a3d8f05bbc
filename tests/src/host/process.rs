//! Running a program to completion, within a deadline.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a running program is checked.
const INTERVAL: Duration = Duration::from_millis(1);

/// What a program left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

/// Runs `command` without input until it exits.
///
/// # Panics
///
/// Panics if it cannot start, or kills it and panics after `limit`.
pub fn run(command: &mut Command, limit: Duration) -> Ended {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let stdout = collect(child.stdout.take().expect("it is piped"));
    let stderr = collect(child.stderr.take().expect("it is piped"));
    let in_time = ends_within(&mut child, limit);
    if !in_time {
        child.kill().expect("our own child can be killed");
    }
    let code = child.wait().expect("our own child can be waited for").code();
    let stdout = stdout.join().expect("reading does not panic");
    let stderr = stderr.join().expect("reading does not panic");
    assert!(
        in_time,
        "{command:?} did not end within {limit:?}; it said:\n{stdout}{stderr}"
    );
    Ended { code, stdout, stderr }
}

/// Returns whether `child` exits by itself within `limit`.
///
/// # Panics
///
/// Panics if the system cannot tell.
pub fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        let status = child.try_wait().expect("our own child can be asked");
        if status.is_some() {
            return true;
        }
        thread::sleep(INTERVAL);
    }
    false
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A broken pipe ends the text; what came before it still counts.
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_exit_code_are_kept() {
        let script = "echo out; echo err >&2; exit 3";
        let limit = Duration::from_secs(20);
        let ended = run(Command::new("sh").args(["-c", script]), limit);
        assert_eq!(ended.code, Some(3));
        assert_eq!((ended.stdout.trim(), ended.stderr.trim()), ("out", "err"));
    }

    #[test]
    #[should_panic(expected = "did not end within")]
    fn a_program_that_hangs_is_killed() {
        run(Command::new("sleep").arg("600"), Duration::from_millis(30));
    }
}
