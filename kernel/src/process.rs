//! The resources of a process, and the system calls that act on them: memory,
//! mailboxes, services, windows and ports.

pub(crate) mod account;
pub(crate) mod heap;
pub(crate) mod mailbox;
pub(crate) mod port;
pub(crate) mod process_tree;
pub(crate) mod service;
pub(crate) mod space;
pub(crate) mod stack;
mod unfinished;
pub(crate) mod user_memory;
pub(crate) mod window;

pub(crate) use unfinished::UNFINISHED;
