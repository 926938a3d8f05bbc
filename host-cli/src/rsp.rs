//! GDB's remote serial protocol, from the debugger's end: how host-cli asks a
//! stub that is not Stormglass'.
//!
//! Spec: GDB manual, appendix E, "GDB Remote Serial Protocol". Only what looks
//! is here: registers, memory, `monitor`. A stub stops its system when one
//! connects; it is left running, as gdb's `detach` leaves it.

mod body;
mod description;
mod error;
mod exchange;
mod stub;

pub use error::Error;
pub use exchange::Exchange;
pub use stub::{Offered, Stub};
