//! The versions of the debuggers that a machine is tried with.

use crate::host::process;
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// Returns whether a program is of this version or a newer one. If not, says so:
/// a test is passed over for that.
#[must_use]
pub fn is_at_least(program: &str, version: u32) -> bool {
    let said = process::run(Command::new(program).arg("--version"), SOON);
    let first = said.stdout.lines().next().unwrap_or_default();
    // Distributions put a version of their own in parentheses.
    let words = first.split_whitespace().filter(|it| !it.contains('('));
    let mut numbers =
        words.filter_map(|word| word.split('.').next()?.parse().ok());
    let has = numbers.next_back().unwrap_or(0_u32);
    if has < version {
        println!("passed over: {first} is older than {program} {version}");
    }
    has >= version
}
