//! Remarks on stderr, beside the answer.

use crate::arguments::Options;
use std::fmt::Display;

/// Prints a remark if `-v` was given.
pub fn note(options: &Options, what: impl Display) {
    if options.verbose {
        eprintln!("host-cli: {what}");
    }
}

/// Prints a warning.
pub fn warn(what: impl Display) {
    eprintln!("host-cli: warning: {what}");
}
