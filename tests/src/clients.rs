//! The clients of a machine: the real debuggers, host-cli, and a client of
//! gdb's protocol that is not a debugger.

mod dialogue;
pub mod gdb;
pub mod host_cli;
pub mod lldb;
pub mod packet;
pub mod questions;
pub mod rsp;
pub mod terminal;
