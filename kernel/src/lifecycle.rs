//! How processes and tasks are created and end.

pub(crate) mod create;
pub(crate) mod exit;
pub(crate) mod family;
pub(crate) mod keeper;
pub(crate) mod reap;
mod waiters;
