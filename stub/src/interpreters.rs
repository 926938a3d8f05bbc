//! Interpreters: agent expressions, which the stub evaluates for the debugger,
//! and instructions, which it emulates for the processor.

pub(crate) mod accesses;
pub mod agent;
pub(crate) mod effects;
pub(crate) mod emulate;
pub(crate) mod modrm;
pub(crate) mod prefixes;
