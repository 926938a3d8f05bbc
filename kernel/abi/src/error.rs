//! Why a system call failed, and how EAX reports it.

use core::fmt;

macro_rules! errors {
    ($($(#[doc = $doc:literal])+
       $variant:ident = $code:literal, $text:literal;)+) => {
        /// Why a system call failed.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Error {
            $($(#[doc = $doc])+ $variant = $code,)+
        }

        /// Every error, in the order of their codes.
        pub const ERRORS: &[Error] = &[$(Error::$variant),+];

        impl Error {
            /// Returns the error that has this code, or none.
            #[must_use]
            pub const fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Returns the variant's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }
        }

        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $text,)+
                })
            }
        }
    };
}

errors! {
    /// No frame, no kernel memory, or no id is left.
    OutOfMemory = 2, "out of memory";
    /// It belongs to another process, or the caller has not been given access.
    AccessDenied = 3, "access denied: not the caller's, or restricted";
    /// Another task already waits for this mailbox or has this name or port, or
    /// the window is already attached.
    Busy = 4, "busy: another task was first";
    /// No mailbox has this id, or it has been destroyed.
    MailboxUnavailable = 8, "no such mailbox";
    /// There is no room, and the caller asked not to wait.
    MailboxFull = 9, "the mailbox is full";
    /// It can never fit: the mailbox or the buffer is too small.
    MessageTooLarge = 10, "the message is too large";
    /// There is no message, and the caller asked not to wait.
    MailboxEmpty = 11, "the mailbox is empty";
    /// No process has published this name.
    ServiceUnavailable = 12, "no process has published this service";
    /// The table of services is full.
    TooManyServices = 13, "too many services";
    /// No memory was allocated at this address.
    NotAllocated = 14, "no memory was allocated there";
    /// A number is out of range, memory does not belong to the caller, a name
    /// is empty or too long, or there is no such call.
    InvalidArgument = 15, "invalid argument";
    /// No boot module has this name, or it is not a program.
    ProgramUnavailable = 16, "no such program";
    /// No process has this id, or it has ended.
    ProcessUnavailable = 17, "no such process";
    /// No shared window has this id, or it has been destroyed.
    WindowUnavailable = 18, "no such shared window";
    /// The I/O bitmap in the one-page kernel TSS ends below this port.
    PortOutOfReach = 19, "the I/O bitmap ends below this port";
    /// The time-out expired first.
    TimedOut = 20, "timed out";
}

impl core::error::Error for Error {}

impl Error {
    /// Returns the code: what EAX holds, negated.
    #[must_use]
    pub const fn code(self) -> u32 {
        self as u32
    }
}

/// Values of EAX from here on are errors. No call returns an address this high,
/// because process space ends below it.
pub const FIRST_ERROR: u32 = 0xFFFF_F000;

const _: () = {
    let space = layout::regions::PROCESS_SPACE;
    assert!(space.last().0 < FIRST_ERROR);
};

/// Returns what EAX holds after a call: the value, or the negated code.
///
/// Values are ids, lengths and addresses, which never reach [`FIRST_ERROR`].
#[must_use]
pub const fn to_register(result: Result<u32, Error>) -> u32 {
    match result {
        Ok(value) => value,
        Err(error) => error.code().wrapping_neg(),
    }
}

/// Reads EAX after a call.
///
/// # Errors
///
/// Fails if the call did. A code that is not in [`ERRORS`] counts as
/// [`Error::InvalidArgument`].
pub const fn from_register(eax: u32) -> Result<u32, Error> {
    if eax < FIRST_ERROR {
        return Ok(eax);
    }
    match Error::from_code(eax.wrapping_neg()) {
        Some(error) => Err(error),
        None => Err(Error::InvalidArgument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::string::ToString;

    #[test]
    fn results_survive_the_register() {
        for value in [0, 1, 1 << 31, FIRST_ERROR - 1] {
            assert_eq!(from_register(to_register(Ok(value))), Ok(value));
        }
        for &error in ERRORS {
            assert_eq!(from_register(to_register(Err(error))), Err(error));
        }
        assert_eq!(to_register(Err(Error::MailboxUnavailable)) as i32, -8);
    }

    #[test]
    fn a_strange_code_is_still_an_error() {
        assert_eq!(from_register(u32::MAX), Err(Error::InvalidArgument));
        assert_eq!(from_register(FIRST_ERROR), Err(Error::InvalidArgument));
    }

    #[test]
    fn texts_differ_and_begin_in_lower_case() {
        for (index, error) in ERRORS.iter().enumerate() {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_ascii_lowercase()));
            for other in &ERRORS[..index] {
                assert_ne!(other.to_string(), text);
                assert!(other.code() < error.code());
            }
        }
    }
}
