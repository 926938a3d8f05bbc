//! The debugger at the other end: what its packets do.

mod debugger;
mod greeting;
mod inspect;
mod later;
mod packets;
mod points;
mod queries;
mod reads;
mod refusals;
mod stops;
mod tasks;

pub(crate) use debugger::Client;
pub(crate) use greeting::hello;
pub(crate) use packets::Outcome;
