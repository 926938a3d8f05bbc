//! What ring-3 programs and the kernel agree on: the system calls and their
//! errors, messages in mailboxes, the page that tells a process about itself,
//! and the addresses that programs are linked for.
//!
//! Each fact is stated here once. The kernel's dispatch, the stubs in the
//! programs and `docs/system-calls.md` derive from [`system_calls`]; the linker
//! script of the programs takes [`image_start`].
#![no_std]
#![forbid(unsafe_code)]

mod calls;
mod document;
mod error;
mod images;
mod message;
mod process_data;

pub use calls::{
    ARGUMENT_REGISTERS, Call, SYSTEM_CALL_VECTOR, SYSTEM_CALLS, SystemCall,
};
pub use document::SystemCallsPage;
pub use error::{ERRORS, Error, FIRST_ERROR, from_register, to_register};
pub use images::{PROGRAMS, image_start};
pub use message::{
    DO_NOT_BLOCK, Envelope, MAX_MAILBOX_BYTES, MAX_MESSAGE_BYTES,
    MAX_PAYLOAD_BYTES, MESSAGE_HEADER_BYTES, MESSAGE_LENGTH_BYTES,
    MIN_MAILBOX_BYTES, TIMEOUT_SHIFT, message_cost,
};
pub use process_data::{
    ARGUMENTS_BYTES, NAME_BYTES, ProcessData, Text, padded,
};

/// The programs that misbehave. They start only if the kernel's command line
/// names them, as in `demo=null,wild`.
pub const DEMO_PROGRAMS: [&str; 5] =
    ["null", "deadlock", "overflow", "wild", "full"];

/// Bit of `window_create`'s rights: other processes may attach the window.
pub const WINDOW_SHARED: u32 = 1 << 0;
/// Bit of `window_create`'s rights: other processes may write to it.
pub const WINDOW_SHARED_WRITABLE: u32 = 1 << 1;
/// Bit of `window_attach`'s flags: attach for writing.
pub const WINDOW_WRITE: u32 = 1 << 0;

/// The maximum number of pages in a shared window: 64 MiB.
pub const MAX_WINDOW_PAGES: u32 = 16 * 1024;

/// The highest status that a program can give itself; only the low bits of a
/// higher one are kept.
pub const MAX_EXIT_STATUS: u32 = 0xFF;
/// The status of a process that was ended by a fault: this plus the vector.
pub const STATUS_FAULT: u32 = 0x100;
/// The status of a process that was killed by another.
pub const STATUS_KILLED: u32 = 0x200;

/// The size of a page of memory, in bytes.
pub const PAGE_BYTES: u32 = layout::PAGE_BYTES;

/// How many processes can attach one shared window.
pub const MAX_ATTACHMENTS: usize = 256;

/// The maximum number of bytes that one `log` call takes.
pub const MAX_LOG_BYTES: u32 = 256;
