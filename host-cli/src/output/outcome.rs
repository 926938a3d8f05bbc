//! A command's output, and how it ended.

use crate::arguments::Form;
use crate::failure::Failure;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// What a command found out. Serialized, its fields are the members of the
/// JSON document.
pub trait Report: Serialize {
    /// Writes it as text for people.
    ///
    /// # Errors
    ///
    /// Fails only if `out` does.
    fn text(&self, out: &mut dyn fmt::Write) -> fmt::Result;
}

/// A command's output, and whether it is all that was asked for.
#[derive(Debug)]
pub struct Outcome {
    pub(super) printed: Printed,
    pub(super) verdict: Verdict,
}

#[derive(Debug)]
pub(super) enum Printed {
    Text(String),
    Members(Map<String, Value>),
}

#[derive(Debug)]
pub(super) enum Verdict {
    Yes,
    No,
    Failed(Failure),
}

impl Outcome {
    /// Returns the outcome whose whole output is `report`.
    #[must_use]
    pub fn answered(form: Form, report: &impl Report) -> Self {
        let printed = match form {
            Form::Json => match serde_json::to_value(report) {
                Ok(Value::Object(members)) => Printed::Members(members),
                other => unreachable!("reports are structs: {other:?}"),
            },
            Form::Text => {
                let mut text = String::new();
                report.text(&mut text).expect("a string takes all");
                Printed::Text(text)
            }
        };
        Self { printed, verdict: Verdict::Yes }
    }

    /// Turns it into the answer no, still printed, if `is_no` says so.
    #[must_use]
    pub fn no_if(self, is_no: impl FnOnce() -> bool) -> Self {
        let verdict = if is_no() { Verdict::No } else { self.verdict };
        Self { verdict, ..self }
    }

    /// Marks the output as incomplete because of `failure`, if there is one.
    #[must_use]
    pub fn with_failure(self, failure: Option<Failure>) -> Self {
        let verdict = failure.map_or(self.verdict, Verdict::Failed);
        Self { verdict, ..self }
    }
}
