//! The records of shared windows and of their attachments.

use crate::memory::frame_list::FrameList;
use crate::memory::global;
use crate::records::list::{Link, List, Listed, OfOwner, Through};
use crate::records::mailbox::MAILBOXES;
use crate::records::table::{Record, Records, Slot};
use core::cell::Cell;
use layout::VirtAddr;
use structures::change::Structure;

/// Every window, by id. A destroyed one stays until its frames are free.
pub(crate) static WINDOWS: Records<Window> =
    Records::new(global::record_table(3), global::RECORD_PAGES);

/// Every attachment of a window to a process, by id.
pub(crate) static ATTACHMENTS: Records<Attachment> =
    Records::new(global::record_table(4), global::RECORD_PAGES);

/// A shared window.
pub(crate) struct Window {
    /// The process that created it; 0 once that has ended.
    pub(crate) owner_process: Cell<u32>,
    pub(crate) frames: FrameList,
    pub(crate) mailbox: u32,
    pub(crate) rights: u32,
    pub(crate) is_destroyed: Cell<bool>,
    pub(crate) attachments: List<Attachment, OfWindow>,
    pub(crate) owner_link: Link,
}

/// Where a window is mapped.
pub(crate) struct Attachment {
    pub(crate) window: u32,
    pub(crate) process: u32,
    pub(crate) start: VirtAddr,
    pub(crate) is_writable: bool,
    pub(crate) window_link: Link,
    pub(crate) process_link: Link,
}

impl Record for Window {
    const MAGIC: [u8; 4] = *b"WIND";
    const STRUCTURE: Structure = Structure::Windows;
}

impl Record for Attachment {
    const MAGIC: [u8; 4] = *b"ATCH";
    const STRUCTURE: Structure = Structure::Attachments;
}

impl Listed for Window {
    fn table() -> &'static Records<Self> {
        &WINDOWS
    }
}

impl Listed for Attachment {
    fn table() -> &'static Records<Self> {
        &ATTACHMENTS
    }
}

impl Window {
    /// Returns the mailbox that synchronises it, if that still exists.
    pub(crate) fn mailbox(&self) -> Option<u32> {
        MAILBOXES.get(self.mailbox).map(Slot::id)
    }
}

impl Through<Window> for OfOwner {
    fn link(record: &Window) -> &Link {
        &record.owner_link
    }
}

impl Through<Attachment> for OfOwner {
    fn link(record: &Attachment) -> &Link {
        &record.process_link
    }
}

/// The list of a window's attachments.
pub(crate) struct OfWindow;

impl Through<Attachment> for OfWindow {
    fn link(record: &Attachment) -> &Link {
        &record.window_link
    }
}
