//! Why no reply came.

use super::line_fault::LineFault;
use std::io;
use std::time::Duration;
use thiserror::Error;
use wire::query::VERSION;

/// Why no reply came.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing intelligible ever arrived before the timeout.
    #[error("{}", unanswered(*received, *timeout))]
    NeverAnswered {
        /// What arrived instead.
        received: Received,
        /// The timeout.
        timeout: Duration,
    },
    /// The target had answered before, but not to this before the timeout.
    #[error("the target fell silent: no answer for {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// Answers came before the timeout, but damaged.
    #[error(
        "no answer came whole: the question was sent {asked} times, and \
         {damaged} answers came damaged"
    )]
    NeverWhole {
        /// How many requests were sent since the last answer.
        asked: u32,
        /// How many answers came damaged since then.
        damaged: u32,
    },
    /// The line changes bytes.
    #[error(transparent)]
    Changed(LineFault),
    /// The line was closed or lost.
    #[error("{}", broken(error.as_ref(), *inside_frame))]
    Broken {
        /// The host's error; none if the other end closed the line.
        error: Option<io::Error>,
        /// Whether a valid frame had arrived.
        had_worked: bool,
        /// Whether a frame had begun.
        inside_frame: bool,
    },
    /// The other end speaks this version of the protocol.
    #[error(
        "the target speaks version {0} of the query protocol, this host-cli \
         version {VERSION}"
    )]
    Version(u8),
    /// A complete reply made no sense.
    #[error("the target sent a complete answer that makes no sense")]
    Malformed,
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// What arrived in place of a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// Not one byte.
    Silence,
    /// Bytes, but no frame.
    Noise,
    /// Our own questions.
    Echo,
    /// A GDB stub's packets or acknowledgements.
    GdbStub,
}

fn unanswered(received: Received, timeout: Duration) -> String {
    let what = match received {
        Received::GdbStub => {
            return "the target is a GDB stub that does not offer Stormglass \
                    queries"
                .to_owned();
        }
        Received::Silence => "nothing answered",
        Received::Echo => "only an echo of the questions came back",
        Received::Noise => "only bytes that make no sense came",
    };
    format!("{what} for {} ms", timeout.as_millis())
}

fn broken(error: Option<&io::Error>, inside_frame: bool) -> String {
    let how = match error {
        Some(error) => format!("lost: {error}"),
        None => "closed by the other end".to_owned(),
    };
    let at = if inside_frame { ", in the middle of an answer" } else { "" };
    format!("the line was {how}{at}")
}
