//! Runs the program under test.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longer than any run may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Returns the JSON document on stdout.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Asserts the exit code, and what the error on stderr speaks of.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, speaks_of: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(speaks_of), "{self:?}");
    }
}

/// Returns the program, to be started in `directory` with `arguments`.
pub(crate) fn program(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-cli"));
    command
        .args(arguments)
        .current_dir(directory)
        .env_remove("HOST_CLI_TARGET")
        .env_remove("HOST_CLI_IMAGE")
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs `command` to its end.
pub(crate) fn finish(mut command: Command) -> Run {
    let child = command.spawn().expect("the program starts");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver
        .recv_timeout(DEADLINE)
        .expect("the program ends in time")
        .expect("its output can be read");
    let Output { status, stdout, stderr } = output;
    assert_eq!(status.signal(), None, "no signal ends it");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(stdout), text(stderr));
    Run { code: status.code(), stdout, stderr }
}
