//! What the stub knows about itself, for answers.

use crate::embed::Port;
use crate::target::Stopped;
use wire::query::LineFaults;

/// What the stub knows about itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// Which port it is on.
    pub(crate) port: Port,
    /// The line's speed in bits per second.
    pub(crate) baud: u32,
    /// The errors on the line.
    pub(crate) faults: LineFaults,
    /// Why the system is stopped.
    pub(crate) stop: Option<Stopped>,
}
