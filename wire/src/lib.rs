//! What crosses the serial line, in one place for both of its ends.
//!
//! - [`frame`]: RSP frames `$…#cc` and our own `%…#cc`, byte by byte.
//! - [`query`]: what host-cli asks inside `%` frames, and what comes back.
//! - [`rows`]: one struct for each table; binary on the line, JSON and text
//!   on the host, all from the same definition.
//! - [`fields`]: what a row is made of: columns for debuggers, and values,
//!   which [`compact`] writes for host-cli.
//! - [`hex`] and [`parts`]: what packets are made of.
//! - [`i386`]: the register table that gdb's description is printed from.
//!
//! Nothing here allocates, panics, or knows of a kernel.
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

pub mod fields;
pub mod frame;
pub mod i386;
pub mod query;
pub mod rows;
mod text;

pub use fields::compact;
pub use text::{hex, parts};
