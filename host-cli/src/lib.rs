//! Looks into a running Stormglass kernel over its serial line.
//!
//! - [`program`]: one command line, from its words to its exit code.
//! - [`commands`]: one file for each, from its arguments to its text.
//! - [`context`], [`arguments`]: what a command is given.
//! - [`output`], [`failure`]: the JSON document and the exit codes.
//! - [`symbols`], [`numbers`], [`terminal`]: what people read and write.
//! - [`target`]: what can be asked of a kernel, whatever stands behind it.
//! - [`client`]: questions and answers on a line that may lose bytes.
//! - [`link`]: serial ports, ptys and sockets as such a line.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod client;
pub mod commands;
pub mod context;
pub mod failure;
pub mod link;
pub mod numbers;
pub mod output;
pub mod program;
pub mod symbols;
pub mod target;
pub mod terminal;

pub use program::run;
