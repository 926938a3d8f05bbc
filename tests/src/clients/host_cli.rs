//! host-cli, run as its users run it.

use crate::artifacts;
use crate::host::deadline::wait_for;
use crate::host::process::{self, Ended};
use crate::line::Endpoint;
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

/// The longest that a command takes, over the slowest line or on a busy
/// host.
const LIMIT: Duration = Duration::from_secs(120);

/// What host-cli answered as JSON.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// Its exit code.
    pub code: i32,
    /// The one document on its standard output.
    pub json: Value,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Answer {
    /// Returns a member of the document, which must be a success.
    ///
    /// # Panics
    ///
    /// Panics if the exit code is not 0 or there is no such member.
    #[must_use]
    pub fn member(&self, name: &str) -> &Value {
        assert_eq!(self.code, 0, "host-cli failed: {}", self.stderr);
        assert_eq!(self.json["error"], Value::Null, "{}", self.json);
        let member = self.json.get(name);
        member.unwrap_or_else(|| panic!("no {name} in {}", self.json))
    }

    /// Returns the rows of a table in the document, which must be a success.
    ///
    /// # Panics
    ///
    /// Panics if the exit code is not 0 or there is no such table.
    #[must_use]
    pub fn rows(&self, name: &str) -> &[Value] {
        self.member(name).as_array().expect("a table is an array")
    }
}

/// Runs a command against a target, as JSON.
///
/// # Panics
///
/// Panics if standard output is not one JSON document.
#[must_use]
pub fn json(target: &Endpoint, arguments: &[&str]) -> Answer {
    let target = target.to_string();
    let ended = run(&[&["-t", &target, "--json"], arguments].concat());
    let json = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| {
        panic!("{arguments:?} is no JSON, {error}: {ended:?}")
    });
    let code = ended.code.expect("no signal has ended it");
    Answer { code, json, stderr: ended.stderr }
}

/// Waits until every task of the demo system has been created, and returns
/// the rows of `threads`.
///
/// # Panics
///
/// Panics if there are not [`artifacts::TASKS`] of them in time.
#[must_use]
pub fn whole_demo(target: &Endpoint) -> Vec<Value> {
    wait_for("all of the demo system", LIMIT, || {
        let answer = json(target, &["threads"]);
        let rows = answer.rows("threads");
        (rows.len() == artifacts::TASKS).then(|| rows.to_vec())
    })
}

/// Returns the names of all processes but the kernel's own, by their ids.
///
/// # Panics
///
/// Panics if there is no answer.
#[must_use]
pub fn programs(target: &Endpoint) -> Vec<String> {
    let answer = json(target, &["processes"]);
    let names = answer.rows("processes").iter();
    let names = names.filter_map(|process| process["name"].as_str());
    names.filter(|name| *name != "kernel").map(str::to_owned).collect()
}

/// Runs host-cli with these arguments and without this process' settings.
#[must_use]
pub fn run(arguments: &[&str]) -> Ended {
    process::run(command().env_remove("COLUMNS").args(arguments), LIMIT)
}

/// Runs host-cli with the output that a terminal of 80 columns gets.
#[must_use]
pub fn run_within_80_columns(arguments: &[&str]) -> Ended {
    process::run(command().env("COLUMNS", "80").args(arguments), LIMIT)
}

fn command() -> Command {
    let mut command = Command::new(artifacts::directory().join("host-cli"));
    command.env_remove("HOST_CLI_TARGET").env_remove("HOST_CLI_IMAGE");
    command
}

/// Reads an address or number as host-cli writes it in JSON.
///
/// # Panics
///
/// Panics unless it is eight lower-case digits after `0x`.
#[must_use]
pub fn address(value: &Value) -> u32 {
    let text = value.as_str().unwrap_or_default();
    let digits = text.strip_prefix("0x").filter(|digits| {
        digits.len() == 8 && !digits.contains(|c: char| c.is_uppercase())
    });
    digits
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .unwrap_or_else(|| panic!("{value} is no address"))
}
