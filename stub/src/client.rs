//! The debugger at the other end, and how its packets are handled.

mod checks;
mod classify;
mod debugger;
mod exchange;
mod greeting;
mod later;
mod packets;
mod pin;
mod pinning;
mod points;
mod reads;
mod refusals;
mod resume;
mod stops;
mod tasks;
mod threads_info;

pub(crate) use classify::{Handler, Packet, classify};
pub(crate) use debugger::Client;
pub(crate) use exchange::Exchange;
