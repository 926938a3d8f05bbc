//! Tables for a debugger: gdb's `info os`, and `monitor` for people.
//!
//! The rows are those that host-cli gets.

mod document;
mod line;
mod listing;
mod markup;
mod part;
mod piece;

pub(crate) use document::{Cursor, Document};
pub(crate) use listing::{Listing, find};
pub(crate) use part::PollLine;
pub(crate) use piece::Form;
