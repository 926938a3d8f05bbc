//! The records of shared windows and of their attachments.

use crate::memory::frame_list::FrameList;
use crate::records::list::{Link, List, OfOwner, links};
use crate::records::mailbox::MAILBOXES;
use crate::records::table::{Record, Records, Slot};
use core::cell::Cell;
use layout::VirtAddr;
use structures::change::Structure;

/// Every window, by id. A destroyed one stays until its frames are free.
pub(crate) static WINDOWS: Records<Window> = Records::new(3);

/// Every attachment of a window to a process, by id.
pub(crate) static ATTACHMENTS: Records<Attachment> = Records::new(4);

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
    const TABLE: &'static Records<Self> = &WINDOWS;
}

impl Record for Attachment {
    const MAGIC: [u8; 4] = *b"ATCH";
    const STRUCTURE: Structure = Structure::Attachments;
    const TABLE: &'static Records<Self> = &ATTACHMENTS;
}

impl Window {
    /// Returns the mailbox that synchronises it, if that still exists.
    pub(crate) fn mailbox(&self) -> Option<u32> {
        MAILBOXES.get(self.mailbox).map(Slot::id)
    }
}

/// The list of a window's attachments.
pub(crate) struct OfWindow;

links!(Window: OfOwner = owner_link);
links!(Attachment: OfOwner = process_link, OfWindow = window_link);
