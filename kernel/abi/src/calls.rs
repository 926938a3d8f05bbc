//! The table of system calls, and the kernel's view of it.

use crate::error::Error;
use core::fmt;

/// The interrupt that enters the kernel: `int 0x80`, with the call's number
/// in EAX and the arguments in [`ARGUMENT_REGISTERS`].
///
/// EAX returns what [`crate::from_register`] reads; all else is kept.
pub const SYSTEM_CALL_VECTOR: u8 = 0x80;

/// The registers of the arguments, first argument first.
pub const ARGUMENT_REGISTERS: [&str; 5] = ["ebx", "ecx", "edx", "esi", "edi"];

/// Hands the table of system calls to the macro named `$use`.
///
/// A row is the sentence that documents the call, its variant in [`Call`],
/// its name, its number, its parameters, what a success returns, and the
/// errors that it may return besides. Number 0 is no call, so that a wild
/// `int 0x80` with zeroed registers is an error.
#[macro_export]
macro_rules! system_calls {
    ($use:ident) => {
        $use! {
            /// Ends the calling task; a process ends with its last task.
            Exit exit = 1 (status) -> "does not return" [];

            /// Adds the UTF-8 text at address `text`, at most 256 bytes, to
            /// the kernel's log as one entry.
            Log log = 2 (text, len_bytes) -> "0" [InvalidArgument];

            /// Lets other tasks run for at least so many milliseconds.
            Sleep sleep = 3 (milliseconds) -> "0" [];

            /// Lets another task run that is ready.
            Yield yield_now = 4 () -> "0" [];

            /// Starts a task of this process at `entry`, a C function that
            /// takes `argument` and must end by `exit`, on a stack of its
            /// own.
            ThreadCreate thread_create = 5
                (entry, argument, name, name_len_bytes)
                -> "the new task's id" [OutOfMemory, InvalidArgument];

            /// Creates a mailbox that this process may receive from.
            MailboxCreate mailbox_create = 6 (capacity_bytes)
                -> "the mailbox's id" [OutOfMemory, InvalidArgument];

            /// Queues a message with the protocol and class of the envelope
            /// at address `envelope`; waits for room unless bit 0 of `flags`
            /// is set.
            MailboxSend mailbox_send = 7
                (mailbox, envelope, data, len_bytes, flags)
                -> "0" [
                    MailboxUnavailable, MailboxFull, MessageTooLarge,
                    InvalidArgument
                ];

            /// Takes the oldest message of one of this process' mailboxes
            /// and fills the envelope at address `envelope`; waits for one
            /// unless bit 0 of `flags` is set. A message longer than the
            /// buffer stays queued.
            MailboxReceive mailbox_receive = 8
                (mailbox, envelope, buffer, capacity_bytes, flags)
                -> "the message's length in bytes" [
                    AccessDenied, Busy, MailboxUnavailable, MessageTooLarge,
                    MailboxEmpty, InvalidArgument
                ];

            /// Lets other processes find one of this process' mailboxes by
            /// name.
            ServicePublish service_publish = 9
                (name, name_len_bytes, mailbox)
                -> "0" [
                    AccessDenied, Busy, MailboxUnavailable, TooManyServices,
                    InvalidArgument
                ];

            /// Finds the mailbox that was published by this name.
            ServiceFind service_find = 10 (name, name_len_bytes)
                -> "the mailbox's id" [ServiceUnavailable, InvalidArgument];
        }
    };
}

/// A row of [`SYSTEM_CALLS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SystemCall {
    /// What the kernel dispatches on.
    pub call: Call,
    /// The name in programs and in documents.
    pub name: &'static str,
    /// The parameters, in the order of [`ARGUMENT_REGISTERS`].
    pub parameters: &'static [&'static str],
    /// What a success returns, in words.
    pub returns: &'static str,
    /// What a failure returns.
    pub errors: &'static [Error],
    /// What it does, in a sentence or two.
    pub does: &'static str,
}

/// This number is no system call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownCall(pub u32);

impl fmt::Display for UnknownCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no system call has the number {}", self.0)
    }
}

impl core::error::Error for UnknownCall {}

macro_rules! define {
    ($($(#[doc = $does:literal])+
       $variant:ident $name:ident = $number:literal
           ($($parameter:ident),*) -> $returns:literal
           [$($error:ident),*];
    )+) => {
        /// A system call, as the kernel dispatches it.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub enum Call {
            $($(#[doc = $does])+ $variant = $number,)+
        }

        /// The system calls, in the order of their numbers.
        pub const SYSTEM_CALLS: &[SystemCall] = &[$(SystemCall {
            call: Call::$variant,
            name: stringify!($name),
            parameters: &[$(stringify!($parameter)),*],
            returns: $returns,
            errors: &[$(Error::$error),*],
            does: concat!($($does),+),
        }),+];

        impl TryFrom<u32> for Call {
            type Error = UnknownCall;

            fn try_from(number: u32) -> Result<Self, UnknownCall> {
                match number {
                    $($number => Ok(Self::$variant),)+
                    _ => Err(UnknownCall(number)),
                }
            }
        }
    };
}
system_calls!(define);

impl Call {
    /// Returns the number that a program puts in EAX.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }
}

const _: () = {
    let mut index = 0;
    while index < SYSTEM_CALLS.len() {
        let row = &SYSTEM_CALLS[index];
        assert!(row.call.number() as usize == index + 1);
        assert!(row.parameters.len() <= ARGUMENT_REGISTERS.len());
        index += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_calls_convert_both_ways() {
        for row in SYSTEM_CALLS {
            assert_eq!(Call::try_from(row.call.number()), Ok(row.call));
        }
        for number in [0, SYSTEM_CALLS.len() as u32 + 1, u32::MAX] {
            assert_eq!(Call::try_from(number), Err(UnknownCall(number)));
        }
    }

    #[test]
    fn errors_of_a_call_stand_in_the_order_of_their_codes() {
        for row in SYSTEM_CALLS {
            assert!(row.errors.is_sorted_by_key(|error| error.code()));
        }
    }
}
