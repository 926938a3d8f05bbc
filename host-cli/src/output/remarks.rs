//! What is told on stderr beside the answer.

use crate::arguments::Options;
use std::fmt::Display;

/// Tells something that only `-v` wants to know.
pub fn note(options: &Options, what: impl Display) {
    if options.verbose {
        eprintln!("host-cli: {what}");
    }
}

/// Tells something that the user ought to know.
pub fn warn(what: impl Display) {
    eprintln!("host-cli: warning: {what}");
}
