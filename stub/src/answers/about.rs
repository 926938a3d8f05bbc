//! What the stub knows of itself, for whoever asks.

use crate::embed::Port;
use crate::target::Stopped;
use wire::query::LineFaults;

/// What the stub knows of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// Which line it is.
    pub(crate) port: Port,
    /// The line's speed in bits a second.
    pub(crate) baud: u32,
    /// What went wrong on the line.
    pub(crate) faults: LineFaults,
    /// Why the system is stopped.
    pub(crate) stop: Option<Stopped>,
}
