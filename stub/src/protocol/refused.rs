//! Why a debugger's request is refused.

use core::fmt;

/// The reason for a refusal, which gdb is told as an error number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// EPERM: the stub itself executes the code there.
    StubCode,
    /// EPERM: interrupt delivery writes there, whichever task runs.
    Unwatchable,
    /// ESRCH: there is no such task.
    NoTask,
    /// EXDEV: the memory that goes with it is another task's.
    OtherTask,
    /// EFAULT: there is no memory there.
    NoMemory,
    /// EBUSY: this task is in a place where it cannot be stepped or changed.
    CannotStep,
    /// EAGAIN: this task is waiting for something, and no other would run.
    Blocked,
    /// EINVAL: the request makes no sense.
    Invalid,
    /// ENOSPC: too many.
    Full,
    /// EOPNOTSUPP: the request makes sense but is not supported.
    Unsupported,
    /// EROFS: the page is read-only.
    ReadOnly,
    /// EFBIG: it would take longer than a debugger waits.
    TooMuch,
}

impl Refused {
    /// Returns the number after `E`.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::StubCode | Self::Unwatchable => 1,
            Self::NoTask => 3,
            Self::OtherTask => 18,
            Self::Blocked => 11,
            Self::NoMemory => 14,
            Self::CannotStep => 16,
            Self::Invalid => 22,
            Self::Full => 28,
            Self::Unsupported => 95,
            Self::ReadOnly => 30,
            Self::TooMuch => 27,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StubCode => "the stub itself executes that code",
            Self::Unwatchable => "interrupt delivery writes there",
            Self::NoTask => "no such task",
            Self::OtherTask => {
                "memory is another task's; `monitor task ID` changes that"
            }
            Self::NoMemory => "no memory there",
            Self::CannotStep => "this task cannot be stepped or changed now",
            Self::Blocked => "this task is blocked, and no other task may run",
            Self::Invalid => "malformed packet",
            Self::Full => "no room for more",
            Self::Unsupported => "not supported",
            Self::TooMuch => "that would take too long; ask for less",
            Self::ReadOnly => {
                "the page is read-only; `monitor write-protect off` allows it"
            }
        })
    }
}

impl core::error::Error for Refused {}
