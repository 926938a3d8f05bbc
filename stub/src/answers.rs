//! Answers to requests: from gdbstub, and our own where gdbstub falls short.

mod about;
mod engine;
mod escaped;
pub(crate) mod features;
mod find;
mod gdb_target;
pub(crate) mod libraries;
mod memory_map;
pub(crate) mod memory_region;
pub(crate) mod osdata;
mod outcome;
pub(crate) mod tables;
mod window;
mod work;

pub(crate) use about::About;
pub(crate) use engine::Engine;
pub(crate) use find::Scan;
pub(crate) use memory_map::MemoryMap;
pub(crate) use outcome::Outcome;
pub(crate) use work::Work;
