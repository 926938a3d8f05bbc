//! What a packet leads to.

use super::work::Work;
use crate::embed::Resume;

/// What a packet has led to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is a reply to send.
    Reply,
    /// The reply takes more than one go.
    Later(Work),
    /// The system is to go on, and the debugger waits for its next stop.
    Resume(Resume),
    /// The debugger has gone.
    Leave {
        /// Whether it waits for the reply.
        with_reply: bool,
    },
    /// The debugger has gone, and the machine starts again after `OK`.
    Reset,
}
