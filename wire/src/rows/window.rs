//! Shared windows and their frames.

use super::table::row;
use crate::fields::Attachments;
use layout::PhysAddr;
use serde::{Deserialize, Serialize};

row! {
    /// A shared window.
    pub struct Window<'a>: Windows {
        /// Its id, from 1.
        pub id: u32,
        /// The process that created it.
        pub owner_process: u32,
        /// Its size in pages.
        pub pages: u32,
        /// The mailbox that synchronises its users.
        pub mailbox: Option<u32>,
        /// Where it is mapped.
        #[serde(borrow)]
        pub attachments: Attachments<'a>,
    }
}

row! {
    /// A page of a shared window.
    pub struct WindowFrame: WindowFrames {
        /// The physical address of its frame.
        pub frame: PhysAddr,
    }
}
