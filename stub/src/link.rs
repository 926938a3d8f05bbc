//! The line: what arrives on it, and what leaves.

mod frames;
mod intake;
mod query_reply;
mod sending;
mod spent;

pub(crate) use frames::{Arrival, Heard, Link};
pub(crate) use query_reply::QueryReply;
pub(crate) use spent::Spent;
