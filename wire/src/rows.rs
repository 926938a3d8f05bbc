//! The rows of every table, once: the kernel fills them, the line carries
//! them in postcard's binary form, the host prints them as JSON and text.
//!
//! A new table is a line of [`Table`], a struct that names it, and a
//! collector in the kernel, which does not compile without.

mod mailbox;
mod memory;
mod process;
mod system;
mod table;
mod window;

pub use crate::fields::{Attachment, Attachments, Bytes, Ids};
pub use mailbox::{Mailbox, Message};
pub use memory::{AllocatorId, AllocatorRun, FrameRun, Mapping, Region};
pub use process::{Process, State, Thread, Wait, WaitKind};
pub use system::{Descriptor, LogEntry, PortRange};
pub use table::{Row, TABLES, Table};
pub use window::{Window, WindowFrame};
