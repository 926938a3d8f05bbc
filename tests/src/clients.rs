//! The clients of a machine: the real debuggers, host-cli, and a client of
//! gdb's protocol that is not a debugger.

pub mod dap;
mod dialogue;
pub mod gdb;
pub mod host_cli;
pub mod lldb;
pub mod mi;
pub mod packet;
pub mod questions;
pub mod rsp;
pub mod terminal;
pub mod version;
