//! Why a question has no answer.

use crate::client;
use crate::rsp;
use layout::PhysAddr;
use thiserror::Error;
use wire::query::Space;

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum Error {
    /// The exchange failed: nothing intelligible arrived.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// The answers would be from two boots.
    #[error("the system was reset during this command")]
    Reset,
    /// A GDB stub gave no answer.
    #[error(transparent)]
    Rsp(#[from] rsp::Error),
    /// This cannot be known of a kernel that does not answer host-cli's frames.
    #[error("of this kernel host-cli cannot know {0}")]
    Unknown(&'static str),
    /// The processor does not translate by 32-bit paging.
    #[error("{0}")]
    Paging(&'static str),
    /// What was asked about does not exist.
    #[error(transparent)]
    NoSuch(NoSuch),
    /// Nothing is mapped at this address of the space.
    #[error("nothing is mapped at {1:#010x} in {space}", space = name(.0))]
    Unmapped(Space, u32),
    /// There is no memory at this physical address, which a page table or the
    /// question named.
    #[error("there is no memory at physical address {0}")]
    NoMemory(PhysAddr),
    /// The target does not understand the question.
    #[error("the target did not understand the question")]
    NotUnderstood,
    /// The target does not support this question.
    #[error("the target does not support this question")]
    Unsupported,
    /// The target faulted while answering.
    #[error("the target faulted while answering")]
    Faulted,
}

impl Error {
    /// The target sent a complete answer that makes no sense.
    pub const MALFORMED: Self = Self::Client(client::Error::Malformed);
}

/// What does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum NoSuch {
    /// A task with this id.
    #[error("there is no task {0}")]
    Task(u32),
    /// A process with this id.
    #[error("there is no process {0}")]
    Process(u32),
    /// A mailbox with this id.
    #[error("there is no mailbox {0}")]
    Mailbox(u32),
    /// A shared window with this id.
    #[error("there is no shared window {0}")]
    Window(u32),
    /// A current task.
    #[error("no task is running")]
    CurrentTask,
}

fn name(space: &Space) -> String {
    match space {
        Space::Current => "the current task".to_owned(),
        Space::Task(id) => format!("task {id}"),
        Space::Process(id) => format!("process {id}"),
        Space::Physical => "physical memory".to_owned(),
    }
}
