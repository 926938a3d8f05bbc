//! The rows of every table, defined once: the kernel fills them, the line
//! carries them in postcard's binary format, and the host prints them as JSON
//! and text.
//!
//! A new table is a struct here, its line in `tables.rs`, and a collector in
//! the kernel, which does not compile without it.

mod image;
mod mailbox;
mod memory;
mod process;
mod system;
mod tables;
mod window;

pub use crate::fields::{Attachment, Attachments, Bytes, Ids};
pub use image::Image;
pub use mailbox::{Mailbox, Message};
pub use memory::{AllocatorId, AllocatorRun, FrameRun, Mapping, Region};
pub use process::{Process, State, Thread, Wait, WaitKind};
pub use system::{Descriptor, InterruptLine, LogEntry, PortRange};
pub use tables::{Row, Scope, Table};
pub use window::{Window, WindowFrame};
