//! How processes and tasks come and go.

pub(crate) mod create;
pub(crate) mod dissolve;
pub(crate) mod exit;
pub(crate) mod family;
pub(crate) mod keeper;
mod waiters;
