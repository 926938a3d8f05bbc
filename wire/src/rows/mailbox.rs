//! Mailboxes and their messages.

use crate::fields::{Bytes, Ids, fields};
use serde::{Deserialize, Serialize};

fields! {
    /// A mailbox.
    pub struct Mailbox<'a> {
        /// Its id, from 1.
        pub id: u32 => 4,
        /// The process that created it.
        pub owner_process: u32,
        /// The task that created it.
        pub owner_task: u32,
        /// How many bytes it can hold.
        pub capacity_bytes: u32,
        /// How many bytes of it are used, message headers included.
        pub queued_bytes: u32,
        /// How many messages wait.
        pub queued_messages: u32,
        /// The task that waits for a message.
        pub waiting_reader: Option<u32>,
        /// The tasks that wait for room.
        #[serde(borrow)]
        pub waiting_senders: Ids<'a>,
    }
}

fields! {
    /// A message that waits in a mailbox.
    pub struct Message<'a> {
        /// The process that sent it.
        pub from_process: u32,
        /// The task that sent it.
        pub from_task: u32,
        /// The protocol it belongs to.
        pub protocol: u32,
        /// The kind of message within the protocol.
        pub class: u32,
        /// The size of its payload in bytes.
        pub bytes: u32,
        /// The first bytes of its payload.
        #[serde(borrow)]
        pub data: Bytes<'a>,
    }
}
