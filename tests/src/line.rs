//! The line between a machine and its debugger: its ends, what it does to
//! the bytes that it carries, and two clients that share it.

pub mod changing;
mod endpoint;
mod faults;
pub mod multiplexer;
mod position;
mod simulator;

pub use endpoint::Endpoint;
pub use faults::{BURST_BYTES, Damage, Faults};
pub use position::Position;
pub use simulator::{Fate, Line, Manner, record};
