//! Why no reply came.

use std::fmt;
use std::io;
use std::time::Duration;
use wire::query::VERSION;

/// Why no reply came.
#[derive(Debug)]
pub enum Error {
    /// Nothing intelligible ever arrived before the timeout.
    NeverAnswered {
        /// What arrived instead.
        received: Received,
        /// The timeout.
        timeout: Duration,
    },
    /// The target had answered before, but not to this before the timeout.
    TimedOut(Duration),
    /// The line was closed or lost.
    Broken {
        /// The host's error; none if the other end closed the line.
        error: Option<io::Error>,
        /// Whether a valid frame had arrived.
        had_worked: bool,
        /// Whether a frame had begun.
        inside_frame: bool,
    },
    /// The other end speaks this version of the protocol.
    Version(u8),
    /// A complete reply made no sense.
    Malformed,
    /// Ctrl-C.
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverAnswered { received: Received::GdbStub, .. } => f
                .write_str(
                    "the target is a GDB stub that does not offer \
                     Stormglass queries",
                ),
            Self::NeverAnswered { received, timeout } => {
                let what = match received {
                    Received::Silence => "nothing answered",
                    Received::Echo => "only an echo of the questions came back",
                    _ => "only bytes that make no sense came",
                };
                write!(f, "{what} for {} ms", timeout.as_millis())
            }
            Self::TimedOut(timeout) => write!(
                f,
                "the target fell silent: no answer for {} ms",
                timeout.as_millis()
            ),
            Self::Broken { error, inside_frame, .. } => {
                f.write_str("the line was ")?;
                match error {
                    Some(error) => write!(f, "lost: {error}")?,
                    None => f.write_str("closed by the other end")?,
                }
                f.write_str(match *inside_frame {
                    true => ", in the middle of an answer",
                    false => "",
                })
            }
            Self::Version(theirs) => write!(
                f,
                "the target speaks version {theirs} of the query protocol, \
                 this host-cli version {VERSION}"
            ),
            Self::Malformed => f.write_str(
                "the target sent a complete answer that makes no sense",
            ),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Error {}
