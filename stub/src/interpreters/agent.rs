//! GDB's agent expressions: bytecode for conditions and `dprintf`.
//!
//! An expression comes over the line, so it may be anything. It runs on a
//! small stack and with little fuel, jumps only within itself, and reads
//! memory only through its [`Context`].
//!
//! Spec: GDB manual, "The GDB Agent Expression Mechanism".

mod context;
mod evaluation;
mod extension;
mod printf;

pub use context::{Context, Failure};
pub use evaluation::{Stack, evaluate};
