//! Shared windows and their frames.

use crate::fields::{Attachments, fields};
use layout::PhysAddr;
use serde::{Deserialize, Serialize};

fields! {
    /// A shared window.
    pub struct Window<'a> {
        /// Its id, from 1.
        pub id: u32 => 4,
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

fields! {
    /// A page of a shared window.
    pub struct WindowFrame {
        /// The physical address of its frame.
        pub frame: PhysAddr,
    }
}
