//! A command's output, and how it ended.

use crate::failure::Failure;
use serde_json::Value;
use std::fmt;

/// A command's output, and whether it is all that was asked for.
#[derive(Debug)]
pub struct Outcome {
    pub(super) printed: Printed,
    pub(super) is_no: bool,
    pub(super) failure: Option<Failure>,
}

#[derive(Debug)]
pub(super) enum Printed {
    Text(String),
    /// An object: the members of the JSON document.
    Members(Value),
}

impl Outcome {
    /// Returns the outcome whose output is `text`, for people.
    #[must_use]
    pub fn text(text: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) -> Self {
        let mut written = String::new();
        text(&mut written).expect("a string takes all");
        Self::of(Printed::Text(written))
    }

    /// Returns the outcome whose output is a JSON document with these members.
    #[must_use]
    pub const fn members(members: Value) -> Self {
        Self::of(Printed::Members(members))
    }

    const fn of(printed: Printed) -> Self {
        Self { printed, is_no: false, failure: None }
    }

    /// Turns it into the answer no, still printed, if `is_no`.
    #[must_use]
    pub fn no_if(self, is_no: bool) -> Self {
        Self { is_no, ..self }
    }

    /// Marks the output as incomplete because of `failure`, if there is one.
    #[must_use]
    pub fn with_failure(self, failure: Option<Failure>) -> Self {
        Self { failure, ..self }
    }
}
