//! A GDB stub for 32-bit x86 kernels, behind a 16550. It also answers host-cli
//! while the system runs.
//!
//! # Embedding it
//!
//! A kernel implements the traits of [`embed`] for two small handle types (the
//! machine, and the [`Line`](embed::Line)), keeps one [`Session`] in a static,
//! and calls it at two moments, with interrupts disabled:
//!
//! ```
//! use stub::Session;
//! use stub::embed::{HitAction, Line, Machine, Resume, Stop};
//!
//! /// The serial port has raised its interrupt.
//! fn on_line<M: Machine, L: Line>(stub: &mut Session<M, L>) {
//!     if let Some(how) = stub.on_interrupt() {
//!         resume(how);
//!     }
//! }
//!
//! /// An int3, a single step, or a fault that the kernel does not handle.
//! fn on_trap<M: Machine, L: Line>(stub: &mut Session<M, L>, stop: Stop) {
//!     // A breakpoint with a false condition stops nothing.
//!     if let HitAction::Report(stop) = stub.judge_hit(stop) {
//!         resume(stub.stopped(stop));
//!     }
//! }
//!
//! fn resume(how: Resume) {
//!     // `how.step` is the task that must execute one instruction alone;
//!     // with `how.deliver_fault` it then gets the fault that stopped it.
//!     let _ = how;
//! }
//! ```
//!
//! # What a kernel has to bring
//!
//! [`Memory`](embed::Memory) and [`Processor`](embed::Processor) are required.
//! Every other capability is a trait whose methods have defaults: an empty
//! `impl` says that the kernel has nothing of the kind, and the stub tells the
//! debugger so.
//!
//! | capability | without it |
//! |---|---|
//! | [`Tasks`](embed::Tasks) | there is one thread |
//! | [`paging::Tables`](layout::paging::Tables) | linear addresses are physical |
//! | [`DebugRegisters`](embed::DebugRegisters) | no hardware breakpoints, no watchpoints |
//! | [`Tables`](embed::Tables) | no `info os`, no tables in host-cli |
//! | [`Time`](embed::Time) | nothing times out |
//!
//! The cargo features `conditions`, `hardware`, `live`, `monitor`, `search` and
//! `tables` are all on by default; what is off takes no room in the image.
//! `docs/stub-size.md` has the share of each.
//!
//! # How it works
//!
//! gdb, lldb and host-cli may take turns on the line. While the system runs, a
//! query is answered at interrupt time, and the answer leaves by transmit
//! interrupts; the system stops only when a debugger arrives, with
//! `qSupported`, or asks for it, with 0x03.
//!
//! Bytes go from [`embed::Line`] to `link` (whole packets and frames), then to
//! `client` (packets of a debugger) or `live` (queries of host-cli), to
//! `answers` (gdbstub, and what it does not answer) and `target` (the machine
//! as the debugger sees it), and end in [`embed::Machine`]. Each of these is a
//! floor and uses only those below it; `session` is above them all.
//!
//! Functions that a kernel calls are never inlined into it, so that the stub's
//! code can be told from the kernel's and no breakpoint is set in it.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test may panic"
    )
)]

mod answers;
mod built_in;
mod client;
pub mod embed;
mod interpreters;
mod link;
mod live;
mod monitor;
mod protocol;
mod requests;
mod session;
mod storage;
mod target;

pub use interpreters::agent;
pub use session::Session;
