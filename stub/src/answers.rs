//! What there is to answer with: gdbstub, and what it does not answer well.

mod about;
mod engine;
pub(crate) mod features;
mod find;
mod gdb_target;
pub(crate) mod osdata;
pub(crate) mod tables;

pub(crate) use about::About;
pub(crate) use engine::{After, Engine};
pub(crate) use find::Scan;
