//! GDB's protocol's view of registers, threads and errors.

mod arch;
mod ids;
mod refused;

pub(crate) use arch::{I386, RegisterId, Registers, is_stack, x87_register};
pub(crate) use ids::ThreadId;
pub(crate) use refused::Refused;
