//! What a debugger and host-cli see of a machine that embeds the stub.
//!
//! The machine is made up, with real page tables; the line is a queue. The
//! kernel runs in a thread of its own where the stub polls, and is called
//! interrupt by interrupt where that is the point.
#![cfg_attr(
    not(feature = "default"),
    allow(dead_code, reason = "some tests are left out")
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod debugger;
mod kernel;
mod line;
mod smallest;

// Tests of what a kernel can leave out.
#[cfg(feature = "default")]
mod breakpoints;
#[cfg(feature = "default")]
mod conditions;
#[cfg(feature = "default")]
mod handshake;
#[cfg(feature = "default")]
mod hardware;
#[cfg(feature = "default")]
mod hostile;
#[cfg(feature = "default")]
mod images;
#[cfg(feature = "default")]
mod interrupts;
#[cfg(feature = "default")]
mod libraries;
#[cfg(feature = "default")]
mod link;
#[cfg(feature = "default")]
mod lldb;
#[cfg(feature = "default")]
mod live_scan;
#[cfg(feature = "default")]
mod memory;
#[cfg(feature = "default")]
mod monitor;
#[cfg(feature = "default")]
mod policy;
#[cfg(feature = "default")]
mod printing;
#[cfg(feature = "default")]
mod queries;
#[cfg(feature = "default")]
mod refused;
#[cfg(feature = "default")]
mod resume;
#[cfg(feature = "default")]
mod scan;
#[cfg(feature = "default")]
mod sizes;
#[cfg(feature = "default")]
mod tables;
#[cfg(feature = "default")]
mod sse;
mod x87;
