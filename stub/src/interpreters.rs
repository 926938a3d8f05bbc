//! Interpreters: agent expressions, which the stub evaluates for the debugger,
//! and instructions, which it emulates for the processor.

pub mod agent;
pub(crate) mod effects;
pub(crate) mod emulate;
pub(crate) mod prefixes;
