//! Messages in mailboxes: what accompanies a payload, and what it costs.

use core::mem::{offset_of, size_of};

/// What a message consists of besides its payload.
///
/// The sender fills the first two fields; the kernel fills in all four for the
/// receiver.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[repr(C)]
pub struct Envelope {
    /// The protocol that the message belongs to.
    pub protocol: u32,
    /// The kind of message within the protocol.
    pub class: u32,
    /// The process that sent it.
    pub from_process: u32,
    /// The task that sent it.
    pub from_task: u32,
}

const _: () = assert!(offset_of!(Envelope, protocol) == 0);
const _: () = assert!(offset_of!(Envelope, class) == 4);
const _: () = assert!(offset_of!(Envelope, from_process) == 8);
const _: () = assert!(offset_of!(Envelope, from_task) == 12);
const _: () = assert!(size_of::<Envelope>() == 16);

/// A flag of `mailbox_send` and `mailbox_receive`: fail rather than wait.
pub const DO_NOT_BLOCK: u32 = 1 << 0;

/// How far a time-out in milliseconds is shifted left in the flags of
/// `mailbox_send` and `mailbox_receive`.
pub const TIMEOUT_SHIFT: u32 = 1;

/// The size of the header before each payload in a mailbox.
pub const MESSAGE_HEADER_BYTES: u32 = 24;

/// The size of the length before each header in a mailbox.
pub const MESSAGE_LENGTH_BYTES: u32 = 4;

/// The longest message, its header included: 63 KiB.
pub const MAX_MESSAGE_BYTES: u32 = 63 * 1024;

/// The longest payload.
pub const MAX_PAYLOAD_BYTES: u32 = MAX_MESSAGE_BYTES - MESSAGE_HEADER_BYTES;

/// The smallest capacity of a mailbox: one message without payload.
pub const MIN_MAILBOX_BYTES: u32 = message_cost(0);

/// The largest capacity of a mailbox.
pub const MAX_MAILBOX_BYTES: u32 = 1024 * 1024;

/// Returns how much of a mailbox's capacity a message with such a payload
/// takes. `payload_bytes` is at most [`MAX_PAYLOAD_BYTES`].
#[must_use]
pub const fn message_cost(payload_bytes: u32) -> u32 {
    MESSAGE_LENGTH_BYTES + MESSAGE_HEADER_BYTES + payload_bytes
}
