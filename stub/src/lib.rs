//! A GDB stub for a 32-bit x86 kernel, behind a 16550, that also answers
//! host-cli while the system runs.
//!
//! A kernel that embeds it implements the traits of [`embed`] for two small
//! handle types, keeps one [`Session`] in a static, and calls it at two
//! moments, both with interrupts off:
//!
//! ```
//! use stub::Session;
//! use stub::embed::{Line, Machine, Passage, Resume, Stop};
//!
//! /// The line's interrupt.
//! fn on_line<M: Machine, L: Line>(stub: &mut Session<M, L>) {
//!     if let Some(resume) = stub.on_interrupt() {
//!         go_on(resume);
//!     }
//! }
//!
//! /// int3, a single step, or a fault that nobody handles.
//! fn on_trap<M: Machine, L: Line>(stub: &mut Session<M, L>, stop: Stop) {
//!     // Not every breakpoint is a stop: its condition may be false.
//!     if let Passage::Stops(stop) = stub.pass(stop) {
//!         go_on(stub.stopped(stop));
//!     }
//! }
//!
//! fn go_on(resume: Resume) {
//!     // `resume.step` names the only task that is to run, for one
//!     // instruction; with `resume.deliver_fault` the fault that stopped
//!     // the system takes its course.
//!     let _ = resume;
//! }
//! ```
//!
//! gdb, lldb and host-cli may take turns on the line as they like. While the
//! system runs, a query is answered at interrupt time and leaves by transmit
//! interrupts; nothing stops unless a debugger comes, with `qSupported`, or
//! asks for it, with 0x03.
//!
//! Inside, bytes go this way: [`embed::Line`] → `link` (whole frames) →
//! `client` (a debugger's packets) or `live` (host-cli's queries) →
//! `answers` (gdbstub, and what it does not answer well) → `target` (the
//! machine as the debugger sees it) → [`embed::Machine`]. Each of these is a
//! floor, which uses those below; `session` is above them all.
//!
//! What a kernel calls is never inlined there, so that the stub's code can be
//! told from the kernel's.
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
