//! Code that the stub runs itself, in place of a processor or of a
//! debugger.

pub mod agent;
pub(crate) mod emulate;
