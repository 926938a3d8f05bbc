//! What crosses the serial line, defined once for both of its ends.
//!
//! The line carries two protocols: GDB's remote serial protocol (RSP) in
//! frames `$…#cc`, and the questions of host-cli with their answers in frames
//! `%…#cc`. Nothing here allocates, panics, or depends on a kernel.
//!
//! Three types to begin with:
//!
//! - [`query::Query`]: everything that host-cli can ask; the module lists what
//!   comes back.
//! - [`rows::Table`]: every table that a kernel offers. Each has a row struct,
//!   such as [`rows::Thread`]: binary on the line, columns in gdb, text and
//!   JSON on the host, all from one definition.
//! - [`frame::Decoder`]: finds both kinds of frame in a stream of bytes.
//!
//! A question, from one end to the other:
//!
//! ```
//! use wire::query::{self, MAX_REQUEST_BYTES, Query, Request};
//! use wire::rows::Table;
//!
//! let query = Query::Rows { table: Table::Threads, of: 0, from: 0 };
//! let request = Request { id: 7, query };
//! let mut buffer = [0; MAX_REQUEST_BYTES];
//! let body = query::encode_request(&request, &mut buffer).unwrap();
//! assert_eq!(query::decode_request(body), Ok(request));
//! ```
//!
//! Further on: [`fields`] is what rows are made of, and [`compact`] writes
//! them as bytes; [`hex`] and [`parts`] take packets apart; [`i386`] is the
//! register table that gdb's target description is printed from; [`x87`] is
//! what `fnsave` stores, and [`sse`] the vector registers.
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
pub mod sse;
mod text;
pub mod x87;

pub use fields::compact;
pub use text::{hex, parts};
