//! What `./x build` gathers: the kernel, its programs and host-cli.

use crate::host::process;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// The ring-3 programs of the demo system, in the order they start.
pub const PROGRAMS: [&str; 8] = [
    "source", "relay", "sink", "producer", "consumer", "sleeper", "workers",
    "owner",
];

/// The tasks of the demo system: two of the kernel, and one of each program
/// but `workers`, which has five.
pub const TASKS: usize = 14;

/// The programs that misbehave, and start only if `demo=` names them.
pub const MISBEHAVING: [&str; 5] =
    ["null", "deadlock", "overflow", "wild", "full"];

/// Long enough to build everything from scratch on a slow machine.
const BUILD_LIMIT: Duration = Duration::from_secs(1200);

/// Returns the root of the repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it has a parent")
}

/// Returns `./x`, without the environment of this test's cargo.
#[must_use]
pub fn x() -> Command {
    Command::new(root().join("x"))
}

/// Returns the directory that `./x build` names, built once per process.
///
/// # Panics
///
/// Panics if the build fails.
pub fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let run = process::run(x().arg("build"), BUILD_LIMIT);
        assert_eq!(run.code, Some(0), "./x build failed:\n{}", run.stderr);
        PathBuf::from(run.stdout.lines().last().expect("it names one"))
    })
}

/// Returns the path of the kernel's image.
#[must_use]
pub fn kernel() -> PathBuf {
    directory().join("kernel.elf")
}

/// Returns the path of the ring-3 program that a machine boots: its image,
/// without debug information.
#[must_use]
pub fn module(name: &str) -> PathBuf {
    directory().join("modules").join(name)
}

/// Returns the path of a ring-3 program's image.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    directory().join(name)
}
