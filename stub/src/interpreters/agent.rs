//! GDB's agent expressions: bytecode for conditions and `dprintf`.
//!
//! An expression comes over the line, so it can be arbitrary bytes. It runs on
//! a small stack with limited fuel, jumps only within itself, and reads memory
//! only through its [`Context`].
//!
//! Spec: GDB manual, "The GDB Agent Expression Mechanism".

mod context;
mod evaluation;
mod extension;
mod printf;

pub use context::{Context, Failure};
pub use evaluation::{Stack, evaluate};
