//! Tables for a debugger: gdb's `info os`, and `monitor` for people.
//!
//! The rows are those that host-cli gets.

mod document;
mod grid;
mod listing;
mod measure;
mod part;
mod piece;

pub(crate) use document::{Cursor, Document};
pub(crate) use listing::{LISTINGS, Listing, find};
pub(crate) use part::Hear;
