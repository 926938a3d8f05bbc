//! The line: receiving and sending.

mod console;
mod frames;
mod intake;
mod outgoing;
mod presence;
mod query_reply;
mod reply;
mod sending;
mod spent;

pub(crate) use console::{Console, LINE_BYTES, PATIENCE_US};
pub(crate) use frames::{AckStatus, Arrival, Link};
pub(crate) use presence::Presence;
pub(crate) use query_reply::QueryReply;
pub(crate) use reply::{PACKET_BYTES, Reply};
pub(crate) use spent::Spent;
