//! The line: what arrives on it, and what leaves.

mod frames;
mod intake;
mod sending;

pub(crate) use frames::{Arrival, Heard, Link};
