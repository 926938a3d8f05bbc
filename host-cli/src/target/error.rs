//! Why a question has no answer.

use crate::client;
use layout::PhysAddr;
use std::fmt;
use wire::query::Space;

/// Why a question has no answer.
#[derive(Debug)]
pub enum Error {
    /// The exchange failed: nothing intelligible arrived.
    Client(client::Error),
    /// What was asked about does not exist.
    NoSuch(NoSuch),
    /// Nothing is mapped at this address of the space.
    Unmapped(Space, u32),
    /// There is no memory at this physical address, which a page table or the
    /// question named.
    NoMemory(PhysAddr),
    /// The target does not understand the question.
    NotUnderstood,
    /// The target does not support this question.
    Unsupported,
    /// The target faulted while answering.
    Faulted,
}

impl Error {
    /// The target sent a complete answer that makes no sense.
    pub const MALFORMED: Self = Self::Client(client::Error::Malformed);
}

/// What does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoSuch {
    /// A task with this id.
    Task(u32),
    /// A process with this id.
    Process(u32),
    /// A mailbox with this id.
    Mailbox(u32),
    /// A shared window with this id.
    Window(u32),
    /// A current task.
    CurrentTask,
}

impl From<client::Error> for Error {
    fn from(error: client::Error) -> Self {
        Self::Client(error)
    }
}

impl fmt::Display for NoSuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(id) => write!(f, "there is no task {id}"),
            Self::Process(id) => write!(f, "there is no process {id}"),
            Self::Mailbox(id) => write!(f, "there is no mailbox {id}"),
            Self::Window(id) => write!(f, "there is no shared window {id}"),
            Self::CurrentTask => f.write_str("no task is running"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::NoSuch(what) => what.fmt(f),
            Self::Unmapped(space, address) => {
                write!(f, "nothing is mapped at {address:#010x} ")?;
                match space {
                    Space::Current => f.write_str("in the current task"),
                    Space::Task(id) => write!(f, "in task {id}"),
                    Space::Process(id) => write!(f, "in process {id}"),
                    Space::Physical => f.write_str("in physical memory"),
                }
            }
            Self::NoMemory(at) => {
                write!(f, "there is no memory at physical address {at}")
            }
            Self::NotUnderstood => {
                f.write_str("the target did not understand the question")
            }
            Self::Unsupported => {
                f.write_str("the target does not support this question")
            }
            Self::Faulted => f.write_str("the target faulted while answering"),
        }
    }
}

impl std::error::Error for Error {}
