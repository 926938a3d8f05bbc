//! The objects that the kernel keeps records of: processes, tasks, mailboxes,
//! windows and ports, each with the table of all of them.

pub(crate) mod claim;
pub(crate) mod image;
pub(crate) mod list;
pub(crate) mod mailbox;
pub(crate) mod process;
pub(crate) mod shown;
pub(crate) mod table;
pub(crate) mod task;
pub(crate) mod wait_queue;
pub(crate) mod window;
