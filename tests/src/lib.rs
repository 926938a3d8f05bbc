//! Machines to test on, and witnesses of what they do.
//!
//! The modules are floors, each of which uses only those below it; the lowest
//! comes first:
//!
//! - [`host`]: every wait has a limit, and nothing is really random.
//! - [`artifacts`]: what `./x build` gathered, and its symbols.
//! - [`line`](mod@line): makes a serial line slow and bad, and shares it
//!   between gdb and host-cli.
//! - [`machine`]: boots the system in QEMU or Bochs. Witnesses that share no
//!   code with it: [`machine::monitor`] is the emulator's own view, and
//!   [`machine::walk`] follows page tables in a dump of memory.
//! - [`clients`]: the real gdb and lldb, host-cli as its users run it, and a
//!   client of gdb's protocol that is not a debugger.
//! - [`scenes`]: what many tests begin or end with; transcripts; QEMU's own
//!   stub, through which a test changes a machine behind its back.
//! - [`measurements`]: what the stub costs, beside QEMU's own.
//!
//! A witness that cannot do its work panics, which fails the test.
#![forbid(unsafe_code)]

pub mod artifacts;
pub mod clients;
pub mod host;
pub mod line;
pub mod machine;
pub mod measurements;
pub mod scenes;
