//! Processes, their tasks, and what these wait for.

pub(crate) mod account;
pub(crate) mod create;
pub(crate) mod dissolve;
pub(crate) mod exit;
pub(crate) mod family;
pub(crate) mod heap;
pub(crate) mod mailbox;
pub(crate) mod port;
pub(crate) mod process_tree;
pub(crate) mod record;
pub(crate) mod schedule;
pub(crate) mod service;
pub(crate) mod shown;
pub(crate) mod space;
pub(crate) mod stack;
pub(crate) mod task;
pub(crate) mod user_memory;
pub(crate) mod wait;
pub(crate) mod window;
pub(crate) mod x87;

use core::sync::atomic::AtomicU32;

/// Odd while the kernel does something for a task that must not be given up
/// half-way, even where the single steps are sound: a task whose kernel
/// stack overflows then takes the system with it, else only its process.
pub(crate) static UNFINISHED: AtomicU32 = AtomicU32::new(0);
