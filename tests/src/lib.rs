//! Machines to test on, and witnesses of what they do.
//!
//! - [`artifacts`]: what `./x build` gathered; [`image`]: its symbols.
//! - [`machine`]: boots it in QEMU; [`line`](mod@line): makes its serial
//!   line slow and bad; [`multiplexer`] shares it between gdb and host-cli.
//! - Witnesses that share no code with the system under test: [`monitor`]
//!   is QEMU's own view of the machine, [`walk`] follows page tables in a
//!   dump of its memory, [`gdb`] and [`lldb`] drive the real ones, and [`session`] holds
//!   it to a transcript.
//! - [`rsp`]: a client of gdb's protocol that is no debugger; [`outside`]: QEMU's
//!   own stub, through which a test changes a machine behind its back.
//! - [`host_cli`]: runs host-cli as its users do.
//! - [`scene`]: what many tests begin or end with; [`text`]: the kernel's
//!   code, which nobody may change.
//! - [`bench`](mod@bench): what the stub costs, beside QEMU's own.
//! - [`process`] and [`deadline`]: nothing here waits for ever.
//!
//! A witness that cannot do its work panics: that is a failed test.
#![forbid(unsafe_code)]

pub mod artifacts;
pub mod bench;
pub mod code;
pub mod consistency;
pub mod deadline;
mod dialogue;
pub mod gdb;
pub mod host_cli;
pub mod image;
pub mod line;
pub mod lldb;
pub mod machine;
pub mod monitor;
pub mod multiplexer;
pub mod outside;
pub mod process;
pub mod random;
pub mod rsp;
pub mod scene;
pub mod session;
pub mod stub_size;
pub mod text;
pub mod ticks;
pub mod walk;
