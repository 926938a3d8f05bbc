//! The table of system calls, and the kernel's view of it.

use crate::error::Error;

/// The interrupt that enters the kernel: `int 0x80`, with the call's number
/// in EAX and the arguments in [`ARGUMENT_REGISTERS`].
///
/// EAX returns what [`crate::from_register`] reads; all other registers are
/// preserved.
pub const SYSTEM_CALL_VECTOR: u8 = 0x80;

/// The registers of the arguments, first argument first.
pub const ARGUMENT_REGISTERS: [&str; 5] = ["ebx", "ecx", "edx", "esi", "edi"];

/// Hands the table of system calls to the macro named `$use`.
///
/// A row is the sentence that documents the call, its variant in [`Call`], its
/// name, its number, its parameters, what it returns on success, and the errors
/// that it may return. Number 0 is not a call, so that a wild `int 0x80` with
/// zeroed registers is an error.
#[macro_export]
macro_rules! system_calls {
    ($use:ident) => {
        $use! {
            /// Ends the calling task. A process ends with its last task; its
            /// status is the low eight bits of that task's `status`.
            Exit exit = 1 (status) -> "does not return" [];

            /// Appends the UTF-8 text at address `text`, at most 256 bytes, to
            /// the kernel's log as one entry.
            Log log = 2 (text, len_bytes) -> "0" [InvalidArgument];

            /// Suspends the calling task for at least this many milliseconds.
            Sleep sleep = 3 (milliseconds) -> "0" [];

            /// Yields to another task that is ready.
            Yield yield_now = 4 () -> "0" [];

            /// Starts a task of this process at `entry`, a C function that
            /// takes `argument` and must end by calling `exit`. The task gets
            /// its own stack, on which `back` is the function's return
            /// address: a backtrace ends there, if what is there says so.
            ThreadCreate thread_create = 5
                (entry, argument, name, name_len_bytes, back)
                -> "the new task's id" [OutOfMemory, InvalidArgument];

            /// Creates a mailbox that this process may receive from.
            MailboxCreate mailbox_create = 6 (capacity_bytes)
                -> "the mailbox's id" [OutOfMemory, InvalidArgument];

            /// Queues a message with the protocol and class of the envelope at
            /// address `envelope`; waits for room unless bit 0 of `flags` is
            /// set. The other bits are the time-out in milliseconds; 0 means no
            /// time-out. Waiting senders are served in order.
            MailboxSend mailbox_send = 7
                (mailbox, envelope, data, len_bytes, flags)
                -> "0" [
                    AccessDenied, MailboxUnavailable, MailboxFull,
                    MessageTooLarge, InvalidArgument, TimedOut
                ];

            /// Takes the oldest message of one of this process' mailboxes and
            /// fills the envelope at address `envelope`; waits for one unless
            /// bit 0 of `flags` is set. The other bits are the time-out in
            /// milliseconds; 0 means no time-out. A message longer than the
            /// buffer stays queued.
            MailboxReceive mailbox_receive = 8
                (mailbox, envelope, buffer, capacity_bytes, flags)
                -> "the message's length in bytes" [
                    AccessDenied, Busy, MailboxUnavailable, MessageTooLarge,
                    MailboxEmpty, InvalidArgument, TimedOut
                ];

            /// Publishes one of this process' mailboxes under a name, by which
            /// other processes can find it.
            ServicePublish service_publish = 9
                (name, name_len_bytes, mailbox)
                -> "0" [
                    AccessDenied, Busy, MailboxUnavailable, TooManyServices,
                    InvalidArgument
                ];

            /// Finds the mailbox that was published under this name.
            ServiceFind service_find = 10 (name, name_len_bytes)
                -> "the mailbox's id" [ServiceUnavailable, InvalidArgument];

            /// Withdraws the name of one of this process' services.
            ServiceWithdraw service_withdraw = 11 (name, name_len_bytes)
                -> "0" [AccessDenied, ServiceUnavailable, InvalidArgument];

            /// Destroys one of this process' mailboxes. Tasks waiting for it
            /// are woken with MailboxUnavailable.
            MailboxDestroy mailbox_destroy = 12 (mailbox)
                -> "0" [AccessDenied, MailboxUnavailable];

            /// Discards all messages in one of this process' mailboxes.
            MailboxFlush mailbox_flush = 13 (mailbox)
                -> "how many messages there were"
                [AccessDenied, MailboxUnavailable];

            /// Restricts who may send to one of this process' mailboxes: only
            /// that process, and only that task; 0 means any. For others a send
            /// fails with AccessDenied.
            MailboxAllow mailbox_allow = 14 (mailbox, process, task)
                -> "0" [AccessDenied, MailboxUnavailable];

            /// Starts the program that was loaded as a boot module of this
            /// name. It finds its arguments, at most 256 bytes, in its process
            /// data.
            ProcessCreate process_create = 15
                (name, name_len_bytes, arguments, arguments_len_bytes)
                -> "the new process' id"
                [OutOfMemory, InvalidArgument, ProgramUnavailable];

            /// Kills a process that this process has created, or this one. Its
            /// status is then 512.
            ProcessKill process_kill = 16 (process)
                -> "0" [AccessDenied, ProcessUnavailable];

            /// Waits until a process that this process has created has ended,
            /// for at most this many milliseconds; 0 means no time-out. The
            /// status is what its last task passed to `exit`, 256 plus the
            /// vector of a fault, or 512 if it was killed. It is returned once;
            /// after that the process no longer exists.
            ProcessWait process_wait = 17 (process, milliseconds)
                -> "the status with which it ended"
                [AccessDenied, ProcessUnavailable, TimedOut];

            /// Waits until a task of this process has ended, for at most this
            /// many milliseconds; 0 means no time-out. A task that no longer
            /// exists counts as ended.
            TaskWait task_wait = 18 (task, milliseconds)
                -> "0" [InvalidArgument, TimedOut];

            /// Allocates this many contiguous zeroed pages of memory, at an
            /// address that the kernel chooses.
            MemoryAllocate memory_allocate = 19 (pages)
                -> "the address" [OutOfMemory, InvalidArgument];

            /// Frees memory from `memory_allocate`, by its address.
            MemoryFree memory_free = 20 (address)
                -> "0" [NotAllocated];

            /// Creates a shared window of this many pages, zeroed, and not yet
            /// attached anywhere. `mailbox` synchronises its users; 0 means
            /// none. Bit 0 of `rights` lets other processes attach it, bit 1
            /// lets them write.
            WindowCreate window_create = 21 (pages, mailbox, rights)
                -> "the window's id"
                [OutOfMemory, MailboxUnavailable, InvalidArgument];

            /// Maps a shared window into this process, at most once; bit 0 of
            /// `flags` asks for write access. At most 256 processes can share a
            /// window.
            WindowAttach window_attach = 22 (window, flags)
                -> "the address"
                [
                    OutOfMemory, AccessDenied, Busy, InvalidArgument,
                    WindowUnavailable
                ];

            /// Unmaps a shared window from this process. When the last
            /// attachment of a destroyed window goes, its frames are freed.
            WindowDetach window_detach = 23 (window)
                -> "0" [WindowUnavailable];

            /// Destroys a shared window of this process: it can no longer be
            /// attached, and its frames are freed when the last attachment
            /// goes.
            WindowDestroy window_destroy = 24 (window)
                -> "0" [AccessDenied, WindowUnavailable];

            /// Returns the mailbox that synchronises a shared window.
            WindowMailbox window_mailbox = 25 (window)
                -> "the mailbox's id, or 0" [WindowUnavailable];

            /// Claims this many I/O ports from `first` on for this process.
            PortClaim port_claim = 26 (first, count)
                -> "0" [OutOfMemory, Busy, InvalidArgument, PortOutOfReach];

            /// Releases a range of I/O ports, exactly as this process claimed
            /// it.
            PortRelease port_release = 27 (first, count)
                -> "0" [AccessDenied];

            /// Returns the time since boot.
            Uptime uptime = 28 () -> "milliseconds" [];

            /// Returns the size of a shared window in pages.
            WindowPages window_pages = 29 (window)
                -> "how many pages" [WindowUnavailable];
        }
    };
}

/// A row of [`SYSTEM_CALLS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SystemCall {
    /// The variant that the kernel dispatches on.
    pub call: Call,
    /// The name in programs and in documentation.
    pub name: &'static str,
    /// The parameters, in the order of [`ARGUMENT_REGISTERS`].
    pub parameters: &'static [&'static str],
    /// What it returns on success, in words.
    pub returns: &'static str,
    /// The errors that it may return.
    pub errors: &'static [Error],
    /// A sentence or two that say what it does.
    pub does: &'static str,
}

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

        impl Call {
            /// Returns the call with this number.
            #[must_use]
            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
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
            assert_eq!(Call::from_number(row.call.number()), Some(row.call));
        }
        for number in [0, SYSTEM_CALLS.len() as u32 + 1, u32::MAX] {
            assert_eq!(Call::from_number(number), None);
        }
    }

    #[test]
    fn errors_of_a_call_stand_in_the_order_of_their_codes() {
        for row in SYSTEM_CALLS {
            assert!(row.errors.is_sorted_by_key(|error| error.code()));
        }
    }
}
