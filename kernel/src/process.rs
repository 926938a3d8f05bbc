//! Processes, their tasks, and what these wait for.

pub(crate) mod create;
pub(crate) mod exit;
pub(crate) mod mailbox;
pub(crate) mod record;
pub(crate) mod schedule;
pub(crate) mod service;
pub(crate) mod space;
pub(crate) mod stack;
pub(crate) mod task;
pub(crate) mod x87;
