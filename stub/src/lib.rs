//! A GDB stub for 32-bit x86 kernels, behind a 16550. It also answers host-cli
//! while the system runs.
//!
//! # Embedding it
//!
//! A kernel implements the traits of [`embed`] for two small handle types (the
//! machine, and the [`SerialLine`](embed::SerialLine)), keeps one [`Session`]
//! in a static, turns on the line's receive interrupt, and calls the session,
//! with interrupts disabled, when the port interrupts and when the processor
//! traps:
//!
//! ```
//! use stub::Session;
//! use stub::embed::{HitAction, Machine, Resume, SerialLine, Stop};
//!
//! /// The serial port has raised its interrupt.
//! fn on_line<M: Machine, L: SerialLine>(stub: &mut Session<M, L>) {
//!     if let Some(how) = stub.on_interrupt() {
//!         resume(how);
//!     }
//! }
//!
//! /// #BP, #DB, or a fault that the kernel does not handle.
//! fn on_trap<M: Machine, L: SerialLine>(
//!     stub: &mut Session<M, L>,
//!     stop: Stop,
//! ) {
//!     // Any other trap comes in place of the end of a step over a breakpoint.
//!     if !matches!(stop, Stop::Step | Stop::DebugRegister { .. }) {
//!         stub.end_step_over();
//!     }
//!     match stub.judge_hit(stop) {
//!         // The breakpoint's condition is false: return to the task.
//!         HitAction::Continue => {}
//!         // Return to the task, and let no other run before it traps again.
//!         HitAction::Step => {}
//!         HitAction::Report(stop) => resume(stub.stopped(stop)),
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
//! # What a kernel has to provide
//!
//! [`Memory`](embed::Memory) and [`Processor`](embed::Processor) are required.
//! Every other capability is a trait whose methods have defaults: an empty
//! `impl` says that the kernel has nothing of the kind, and the stub tells the
//! debugger so. The crate `fake-machine` implements all of them, and leaves
//! each of them out, for the tests.
//!
//! | capability | without it |
//! |---|---|
//! | [`Tasks`](embed::Tasks) | there is one thread |
//! | [`Images`](embed::Images) | a breakpoint in a program belongs to one process |
//! | [`Paging`](embed::Paging) | linear addresses are physical |
//! | [`DebugRegisters`](embed::DebugRegisters) | no hardware breakpoints, no watchpoints |
//! | [`Tables`](embed::Tables) | no `info os`, no tables in host-cli |
//! | [`Time`](embed::Time) | timeouts count polls of the line; replies carry no pause |
//!
//! The cargo features `conditions`, `hardware`, `live`, `monitor`, `search` and
//! `tables` are all on by default; what is off takes no room in the image.
//! `docs/stub-features.md` has the size of each.
//!
//! # What the kernel's entries must do
//!
//! - #BP, #DB and faults save all registers, where
//!   [`Processor`](embed::Processor) reads and writes them, and load them again
//!   on return. The gate of #BP has DPL 3 if ring 3 is to have breakpoints.
//! - #BP is [`Stop::Breakpoint`](embed::Stop), with EIP after the int3. #DB is
//!   `Stop::DebugRegister` if DR6 names an enabled debug register, otherwise
//!   `Stop::Step`; the kernel clears DR6.
//! - The stub needs some 6 KiB of stack, and an address space in which its code,
//!   its data and the kernel's methods are mapped. With interrupt gates it runs
//!   on the interrupted ring-0 stack, and so never sees a trap on a stack that
//!   is bad. Stormglass therefore uses task gates, with a stack of 16 KiB each.
//! - The session is not entered a second time while a call of it has not
//!   returned, except by [`Session::lift`].
//! - After [`HitAction::Step`](embed::HitAction) the breakpoint is out of memory
//!   and interrupts are off in the task's EFLAGS. If anything but #DB ends the
//!   step, even a page fault that the kernel itself resolves, call
//!   [`Session::end_step_over`] first. It does nothing if there is no such step.
//!
//! Two calls are for a kernel that can tell that an exception interrupted the
//! stub itself. [`Session::recover`], in place of the call that faulted and will
//! never return, gives up that one answer; without it such a fault, or a panic
//! in the stub, is the end of the session. [`Session::lift`] removes a
//! breakpoint that the stub has run into; without it
//! [`Memory::is_stub_code`](embed::Memory::is_stub_code) must cover all code
//! that runs on the stub's behalf.
//!
//! # How it works
//!
//! gdb, lldb and host-cli may take turns on the line. While the system runs, a
//! query is answered at interrupt time, and the answer leaves by transmit
//! interrupts; the system stops only when a debugger arrives, with
//! `qSupported`, or asks for it, with 0x03.
//!
//! Bytes go from [`embed::SerialLine`] to `link` (whole packets and frames),
//! then to `client` (packets of a debugger) or `live` (queries of host-cli), to
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
pub use interpreters::prefixes::Prefixes;
pub use session::Session;
