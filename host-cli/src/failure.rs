//! Why a command failed, for people and for programs.

use crate::client::{self, LineFault, Received};
use crate::link::{Address, OpenError, interrupt};
use crate::rsp;
use crate::target::Error;
use serde::Serialize;
use std::fmt;

/// The kind of a failure: its exit code, and by its name the JSON document's
/// `error.code`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// The answer is no: what the command asked about does not exist.
    NoAnswer = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The target cannot be opened, or never sent a valid frame.
    CannotOpen = 3,
    /// The link failed after it had worked.
    Link = 4,
    /// The target refused to answer, or was unable to.
    Refused = 5,
    /// An image does not match, or cannot be used.
    Image = 6,
    /// The target fell silent after a first valid frame.
    Timeout = 7,
    /// Ctrl-C.
    Interrupted = interrupt::EXIT_CODE,
}

impl Kind {
    /// Returns the program's exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        self as u8
    }
}

/// Why a command failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The kind of failure.
    pub kind: Kind,
    /// What failed, as a sentence without its full stop.
    pub what: String,
    /// The likely cause, in the same form.
    pub cause: Option<&'static str>,
    /// What to try next, in the same form.
    pub hint: Option<&'static str>,
}

impl Failure {
    /// Returns a failure without a cause or a hint.
    #[must_use]
    pub fn new(kind: Kind, what: impl fmt::Display) -> Self {
        Self { kind, what: what.to_string(), cause: None, hint: None }
    }

    /// Returns the failure to make sense of the command line.
    #[must_use]
    pub fn usage(what: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, what)
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
                .hint("quit the other gdb or host-cli"),
            OpenError::Io(_) => failure
                .cause("the target is not running, or the name is wrong")
                .hint("check that it exists and that you may open it"),
        }
    }
}

impl fmt::Display for Failure {
    /// Writes what failed, the likely cause and the hint as one sentence.
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
            Error::Reset => Self::new(Kind::Link, &error)
                .hint("the command again, once the system is up"),
            Error::Rsp(error) => error.into(),
            Error::Unknown(_) | Error::Paging(_) => {
                Self::new(Kind::Refused, &error)
            }
            Error::NoSuch(_) => Self::new(Kind::NoAnswer, &error).hint(
                "list those that exist: processes, threads, mailboxes, \
                     windows",
            ),
            Error::Unmapped(..) => Self::new(Kind::Refused, &error)
                .hint("see what is mapped: regions"),
            Error::NoMemory(_) => Self::new(Kind::Refused, &error)
                .cause("the address is wrong, or a page table is corrupt"),
            Error::Faulted => Self::new(Kind::Refused, &error)
                .cause("the kernel's records or page tables are corrupt")
                .hint("a command that needs fewer of them: read, regs, translate, log"),
            Error::NotUnderstood | Error::Unsupported => {
                Self::new(Kind::Refused, &error)
                    .cause("the stub is older than this host-cli")
                    .hint("build both from the same source")
            }
        }
    }
}

impl From<rsp::Error> for Failure {
    fn from(error: rsp::Error) -> Self {
        use rsp::Error::{
            Broken, Interrupted, Malformed, NeverWhole, NotOffered, Refused,
            TimedOut,
        };
        let failure = |kind| Self::new(kind, &error);
        match &error {
            TimedOut(_) => failure(Kind::Timeout)
                .cause("another debugger uses the stub, or its machine hangs")
                .hint("quit the other debugger, or a longer --timeout"),
            NeverWhole(_) => failure(Kind::Link)
                .cause("the line changes, adds or loses bytes"),
            Broken(_) => failure(Kind::Link)
                .cause("the machine was shut down, or another debugger came"),
            NotOffered(_) | Refused { .. } | Malformed(_) => {
                failure(Kind::Refused)
            }
            Interrupted => failure(Kind::Interrupted),
        }
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        use client::Error::{
            Broken, Changed, Interrupted, Malformed, NeverAnswered, NeverWhole,
            TimedOut, Version,
        };
        let failure = |kind| Self::new(kind, &error);
        match &error {
            NeverAnswered { received: Received::GdbStub, .. } => {
                failure(Kind::Refused).hint(
                    "give the serial line of a kernel that was booted with \
                     debug=",
                )
            }
            NeverAnswered { received: Received::Silence, .. } => {
                failure(Kind::CannotOpen)
                    .cause(
                        "the machine is off, paused or still booting, its \
                         kernel hangs or was booted without debug=, or \
                         another program holds the line",
                    )
                    .hint("check the kernel's command line and console")
            }
            NeverAnswered { received: Received::Noise, .. } => {
                failure(Kind::CannotOpen)
                    .cause(
                        "the baud rate is wrong, or what is there is not a \
                         stub",
                    )
                    .hint("give the baud rate: -t serial:PATH,BAUD")
            }
            NeverAnswered { received: Received::Echo, .. } => {
                failure(Kind::CannotOpen)
                    .cause("the line is looped back, or a terminal echoes")
                    .hint("check the cable, and which program has the pty open")
            }
            TimedOut(_) => failure(Kind::Timeout)
                .cause("the target hangs with interrupts off, or its machine is paused")
                .hint("a longer --timeout, or check its console"),
            Changed(fault) => failure(Kind::Link).hint(match fault {
                LineFault::SevenBits => {
                    "eight data bits and no parity at both ends and between"
                }
                LineFault::Telnet => {
                    "a raw TCP port: ser2net's `accepter` is then `tcp,PORT`, \
                     without telnet"
                }
                LineFault::LineEnds => {
                    "make every terminal and server between raw: stty raw"
                }
                LineFault::FlowControl => {
                    "turn software flow control off: stty -ixon -ixoff"
                }
            }),
            NeverWhole { .. } => failure(Kind::Link)
                .cause("the line changes, adds or loses bytes")
                .hint("turn flow control off, check the cable, or a lower baud rate"),
            Broken { had_worked: true, .. } => failure(Kind::Link)
                .cause("the target was shut down, or the cable unplugged"),
            Broken { had_worked: false, .. } => failure(Kind::CannotOpen)
                .cause(
                    "the target was shut down, or another program holds the \
                     line",
                ),
            Version(_) => failure(Kind::Refused)
                .hint("build the kernel and host-cli from the same source"),
            Malformed => failure(Kind::Refused)
                .cause(
                    "the kernel and host-cli were built from different sources",
                ),
            Interrupted => failure(Kind::Interrupted),
        }
    }
}
