//! What a debugger and host-cli see of a machine that embeds the stub.
//!
//! The machine is made up, with real page tables; the line is a queue. The
//! kernel runs in a thread of its own where the stub polls, and is called
//! interrupt by interrupt where that is the point.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod breakpoints;
mod conditions;
mod debugger;
mod handshake;
mod hardware;
mod hostile;
mod kernel;
mod line;
mod link;
mod live_scan;
mod memory;
mod monitor;
mod policy;
mod printing;
mod queries;
mod resume;
mod scan;
mod sizes;
mod tables;
