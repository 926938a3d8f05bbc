//! The outcome of a packet.

use super::work::Work;
use crate::embed::Resume;

/// What the stub must do after a packet was handled.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is a reply to send.
    Reply,
    /// The reply takes more work, in slices.
    Later(Work),
    /// The system resumes, and the debugger waits for its next stop.
    Resume(Resume),
    /// The debugger has gone.
    Leave {
        /// Whether it waits for the reply.
        with_reply: bool,
    },
    /// There is a reply to send, and memory shall be this task's.
    Pin(u32),
    /// The debugger has gone, and the machine restarts after `OK`.
    Reset,
}
