//! Why a command failed, as people and as programs are told.

use crate::client::{self, Heard};
use crate::link::{Address, OpenError, interrupt};
use crate::target::Error;
use std::fmt;

/// What kind of failure: the exit code and the JSON document's `code`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The answer is no: what was asked about does not exist.
    NoAnswer,
    /// The command line makes no sense.
    Usage,
    /// The target cannot be opened, or never sent a valid frame.
    CannotOpen,
    /// The link failed after it had worked.
    Link,
    /// The target refused, or could not.
    Refused,
    /// An image does not match, or cannot be used.
    Image,
    /// Silence after a first valid frame.
    Timeout,
    /// Ctrl-C.
    Interrupted,
}

impl Kind {
    /// Returns the program's exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::NoAnswer => 1,
            Self::Usage => 2,
            Self::CannotOpen => 3,
            Self::Link => 4,
            Self::Refused => 5,
            Self::Image => 6,
            Self::Timeout => 7,
            Self::Interrupted => interrupt::EXIT_CODE,
        }
    }

    /// Returns the JSON document's `error.code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Usage => "usage",
            Self::CannotOpen => "cannot_open",
            Self::Link => "link",
            Self::Refused => "refused",
            Self::Image => "image",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a command failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What kind of failure.
    pub kind: Kind,
    /// What failed, as a sentence without its full stop.
    pub what: String,
    /// The likely cause, likewise.
    pub cause: Option<&'static str>,
    /// What to try next, likewise.
    pub hint: Option<&'static str>,
}

impl Failure {
    /// Returns a failure that explains itself.
    #[must_use]
    pub fn new(kind: Kind, what: impl fmt::Display) -> Self {
        Self { kind, what: what.to_string(), cause: None, hint: None }
    }

    /// Adds the likely cause.
    #[must_use]
    pub fn cause(self, cause: &'static str) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// Adds what to try next.
    #[must_use]
    pub fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Returns the failure to open `address`.
    #[must_use]
    pub fn to_open(address: &Address, error: &OpenError) -> Self {
        let failure = Self::new(
            Kind::CannotOpen,
            format_args!("cannot open {address}: {error}"),
        );
        match error {
            OpenError::Interrupted => {
                Self::new(Kind::Interrupted, "interrupted")
            }
            OpenError::TimedOut => failure
                .cause("another program holds the line")
                .hint("end the other gdb or host-cli"),
            OpenError::Io(_) => failure
                .cause("the target is not started, or the name is wrong")
                .hint("look whether it exists and you may use it"),
        }
    }
}

impl fmt::Display for Failure {
    /// Writes all that there is to say, as one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(cause) = self.cause {
            write!(f, "; likely cause: {cause}")?;
        }
        if let Some(hint) = self.hint {
            write!(f, "; try: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Client(error) => error.into(),
            Error::NoSuch(_) => Self::new(Kind::NoAnswer, &error).hint(
                "list what there is: processes, threads, mailboxes, \
                     windows",
            ),
            Error::Unmapped(..) => Self::new(Kind::Refused, &error)
                .hint("see what is mapped: regions"),
            Error::NoMemory(_) => Self::new(Kind::Refused, &error)
                .cause("the address is wrong, or a page table is ruined"),
            Error::Faulted => Self::new(Kind::Refused, &error)
                .cause("records or page tables of the kernel are ruined")
                .hint("ask for something else: read, regs, translate, log"),
            Error::NotUnderstood | Error::Unsupported => {
                Self::new(Kind::Refused, &error)
                    .cause("the stub is older than this host-cli")
                    .hint("build both from one source")
            }
        }
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        use client::Error::{
            Broken, Interrupted, Malformed, NeverAnswered, TimedOut, Version,
        };
        let failure = |kind| Self::new(kind, &error);
        match &error {
            NeverAnswered { heard: Heard::GdbStub, .. } => {
                failure(Kind::Refused).hint(
                    "give the serial line of a kernel that was started with \
                     debug=",
                )
            }
            NeverAnswered { heard: Heard::Silence, .. } => {
                failure(Kind::CannotOpen)
                    .cause(
                        "no stub listens there: the kernel was started \
                         without debug=, or another program holds the line",
                    )
                    .hint("look at the kernel's command line and console")
            }
            NeverAnswered { heard: Heard::Noise, .. } => {
                failure(Kind::CannotOpen)
                    .cause(
                        "the speed is wrong, or what speaks there is no stub",
                    )
                    .hint("give the speed: -t serial:PATH,BAUD")
            }
            NeverAnswered { heard: Heard::Echo, .. } => {
                failure(Kind::CannotOpen)
                    .cause("the line is looped back, or a terminal echoes")
                    .hint("look at the cable and at what opened the pty")
            }
            TimedOut(_) => failure(Kind::Timeout)
                .cause("the target hangs with interrupts off, or was paused")
                .hint("a longer --timeout, or look at its console"),
            Broken { had_worked: true, .. } => failure(Kind::Link)
                .cause("the target ended, or the cable was pulled"),
            Broken { had_worked: false, .. } => failure(Kind::CannotOpen)
                .cause("the target ended, or another program holds the line"),
            Version(_) => failure(Kind::Refused)
                .hint("build the kernel and host-cli from one source"),
            Malformed => failure(Kind::Refused)
                .cause("the kernel and host-cli are not built from one source"),
            Interrupted => failure(Kind::Interrupted),
        }
    }
}
