//! Why a stub gave no answer.

use std::io;
use std::time::Duration;
use thiserror::Error;

/// Why a stub gave no answer.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing came before the timeout.
    #[error("the GDB stub fell silent: no answer for {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// Packets arrived damaged, at one end or the other.
    #[error(
        "no answer came whole: the packet was sent {0} times, and each time it \
         or its answer was damaged"
    )]
    NeverWhole(u32),
    /// The line was closed or lost.
    #[error("the line was {}", how(.0.as_ref()))]
    Broken(Option<io::Error>),
    /// The stub answered with an error.
    #[error("the GDB stub refused `{request}`: {reason}")]
    Refused {
        /// The packet, or how it begins.
        request: String,
        /// Its number, or its text.
        reason: String,
    },
    /// The stub does not know the packet.
    #[error("the GDB stub does not offer `{0}`")]
    NotOffered(String),
    /// The answer makes no sense.
    #[error("the GDB stub's answer to `{0}` makes no sense")]
    Malformed(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

fn how(error: Option<&io::Error>) -> String {
    match error {
        Some(error) => format!("lost: {error}"),
        None => "closed by the GDB stub".to_owned(),
    }
}
