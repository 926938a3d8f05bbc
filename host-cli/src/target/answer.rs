//! What comes back from a kernel.

use super::error::{Error, NoSuch};
use layout::PhysAddr;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wire::i386;
use wire::query::{Hello, ReplyHead};
use wire::rows::Mapping;
use wire::{sse, x87};

/// An answer, and whose address space it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer<T> {
    /// The task that the answer is about; for tables, the current one. None if
    /// the target knows no tasks.
    pub task: Option<u32>,
    /// Its process.
    pub process: Option<u32>,
    /// The answer.
    pub value: T,
}

impl<T> Answer<T> {
    /// Returns an answer under the head of a reply.
    pub(super) const fn of(head: &ReplyHead, value: T) -> Self {
        let (task, process) = (Some(head.task), Some(head.process));
        Self { task, process, value }
    }

    /// Returns an answer of a target that knows no tasks.
    pub(super) const fn of_no_task(value: T) -> Self {
        Self { task: None, process: None, value }
    }

    /// Returns this one with another value.
    pub(super) fn with<U>(self, value: U) -> Answer<U> {
        let Self { task, process, .. } = self;
        Answer { task, process, value }
    }

    /// Returns whose address space it is about, as a phrase.
    #[must_use]
    pub fn whose(&self) -> String {
        match (self.task, self.process) {
            (Some(task), Some(process)) => {
                format!("task {task} of process {process}")
            }
            _ => "the current address space".to_owned(),
        }
    }
}

/// The answer to [`Target::hello`](super::Target::hello).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Greeting {
    /// A kernel that answers host-cli's frames.
    Kernel {
        /// What it says about itself, as it arrived.
        bytes: Vec<u8>,
        /// How long the question and its answer took.
        round_trip: Duration,
    },
    /// Any other system.
    Machine(Seen),
}

impl Greeting {
    /// Returns what a kernel says about itself; none for any other system.
    ///
    /// # Errors
    ///
    /// Fails if the target sent nonsense.
    pub fn hello(&self) -> Result<Option<Hello<'_>>, Error> {
        match self {
            Self::Kernel { bytes, .. } => decode(bytes).map(Some),
            Self::Machine(_) => Ok(None),
        }
    }
}

/// What there is to say about a machine before it is looked into.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Seen {
    /// What is there, as a phrase: `a GDB stub`.
    pub what: &'static str,
    /// What it says that it offers.
    pub offers: Vec<String>,
    /// What it says of its architecture.
    pub architecture: Option<String>,
    /// The signal with which it stands.
    pub signal: Option<u8>,
    /// How physical memory is reached, as a phrase; none if it is not.
    pub physical: Option<String>,
    /// How its processor translates, as a phrase.
    pub paging: String,
    /// The slot of the recursive window that its directory has.
    pub recursive_slot: Option<u32>,
    /// EIP.
    pub eip: Option<u32>,
}

/// A mapping in the space of a page directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InSpace {
    /// The directory.
    pub directory: PhysAddr,
    /// The mapping, of no task or process.
    pub mapping: Mapping,
}

/// A task's registers, as far as the target knows them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RegistersSeen {
    /// In the order of [`wire::i386::GENERAL`].
    pub general: [Option<u32>; i386::GENERAL.len()],
    /// In the order of [`wire::i386::SYSTEM`].
    pub system: [Option<u32>; i386::SYSTEM.len()],
}

/// A task's x87 and SSE registers, where the processor has them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FloatsSeen {
    /// The x87 registers.
    pub x87: Option<x87::Image>,
    /// The SSE registers.
    pub sse: Option<sse::Image>,
}

pub(super) fn decode<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
) -> Result<T, Error> {
    postcard::from_bytes(bytes).map_err(|_| Error::MALFORMED)
}

/// Rows of a table, as they arrived.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rows {
    pub(super) pages: Vec<Vec<u8>>,
}

impl Rows {
    /// Returns the rows.
    ///
    /// # Errors
    ///
    /// Fails if the target sent nonsense.
    pub fn decode<'a, R: Deserialize<'a>>(&'a self) -> Result<Vec<R>, Error> {
        let mut rows = Vec::new();
        for page in &self.pages {
            let mut rest = &page[..];
            while !rest.is_empty() {
                let (row, tail) = postcard::take_from_bytes(rest)
                    .map_err(|_| Error::MALFORMED)?;
                rows.push(row);
                rest = tail;
            }
        }
        Ok(rows)
    }

    /// Returns the row with this id, or all rows if none is given: what
    /// [`Target::row_or_all`](super::Target::row_or_all) asked for.
    ///
    /// # Errors
    ///
    /// Fails if there is no such row, or the target sent nonsense.
    pub fn decode_row_or_all<'a, R: Deserialize<'a>>(
        &'a self,
        id: Option<u32>,
        id_of: impl Fn(&R) -> u32,
        no_such: impl FnOnce(u32) -> NoSuch,
    ) -> Result<Vec<R>, Error> {
        let mut rows = self.decode()?;
        if let Some(id) = id {
            rows.retain(|row| id_of(row) == id);
            if rows.is_empty() {
                return Err(Error::NoSuch(no_such(id)));
            }
        }
        Ok(rows)
    }
}

/// The answer to [`Target::read`](super::Target::read).
#[derive(Debug, Default)]
pub struct Memory {
    /// The task whose address space was read; none for physical memory, or
    /// if no answer came.
    pub task: Option<u32>,
    /// Its process.
    pub process: Option<u32>,
    /// The bytes that could be read, from the first address on.
    pub bytes: Vec<u8>,
    /// Why there are no more.
    pub missing: Option<Error>,
}

/// What answers said about the system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Observed {
    /// Whether it is running; none before the first answer.
    pub running: Option<bool>,
    /// The number of the boot that all answers are from; 0 if the target has
    /// none.
    pub boot: Option<u16>,
    /// Whether the line eats XON and XOFF, so that both ends avoid them.
    #[serde(skip)]
    pub avoids_flow_control: bool,
    /// For how long a GDB stub stopped the system for us; none if none did.
    #[serde(skip)]
    pub stood: Option<Duration>,
    /// Whether every answer was read from a consistent state.
    pub consistent: Option<bool>,
    /// The longest pause that a question caused; none if the system is
    /// stopped.
    pub pause_us: Option<u32>,
    /// The total time that the questions took from it; none if the system is
    /// stopped.
    pub stolen_us: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::rows::{
        Descriptor, LogEntry, Mailbox, Message, PortRange, Process, Thread,
        Window,
    };

    proptest! {
        #[test]
        fn hostile_rows_are_survived(pages: Vec<Vec<u8>>) {
            let rows = Rows { pages };
            let _ = rows.decode::<Process<'_>>();
            let _ = rows.decode::<Thread<'_>>();
            let _ = rows.decode::<Mailbox<'_>>();
            let _ = rows.decode::<Message<'_>>();
            let _ = rows.decode::<Window<'_>>();
            let _ = rows.decode::<PortRange>();
            let _ = rows.decode::<LogEntry<'_>>();
            let _ = rows.decode::<Descriptor<'_>>();
        }

        #[test]
        fn a_hostile_greeting_is_survived(bytes: Vec<u8>) {
            let round_trip = Duration::ZERO;
            let _ = Greeting::Kernel { bytes, round_trip }.hello();
        }
    }
}
