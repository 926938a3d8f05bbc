//! The head and the trailer of every reply.

use crate::fields::{Field, Value, fields};
use layout::{PhysAddr, VirtAddr};
use serde::{Deserialize, Serialize};

/// How a query went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Status {
    /// The body holds the answer.
    Answered,
    /// There is no such task.
    NoSuchTask,
    /// There is no such process.
    NoSuchProcess,
    /// There is no such mailbox.
    NoSuchMailbox,
    /// There is no such shared window.
    NoSuchWindow,
    /// Nothing is mapped at this address; the body holds the bytes before it.
    Unmapped(VirtAddr),
    /// A page directory, a page table or the question names a physical address
    /// where there is no memory.
    NoMemory(PhysAddr),
    /// The request arrived intact, but was not understood.
    NotUnderstood,
    /// The target does not support this question.
    Unsupported,
    /// The target faulted while answering, because a structure that it followed
    /// is corrupt.
    Faulted,
}

impl Field for Status {
    /// It is in no row.
    const WIDTH: usize = 0;

    fn value(&self) -> Value<'_> {
        let (number, about) = match *self {
            Self::Answered => (0, None),
            Self::NoSuchTask => (1, None),
            Self::NoSuchProcess => (2, None),
            Self::NoSuchMailbox => (3, None),
            Self::NoSuchWindow => (4, None),
            Self::Unmapped(at) => (5, Some(at.0)),
            Self::NoMemory(at) => (6, Some(at.0)),
            Self::NotUnderstood => (7, None),
            Self::Unsupported => (8, None),
            Self::Faulted => (9, None),
        };
        // It has no name, because it is never shown.
        Value::Choice(number, "", about)
    }
}

fields! {
    /// The head of every reply.
    pub struct ReplyHead {
        /// The request's number.
        pub id: u16,
        /// How it went.
        pub status: Status,
        /// Whether the system is running; otherwise it is stopped.
        pub running: bool,
        /// False if a structure was being changed when the system stopped.
        pub consistent: bool,
        /// Changes whenever a table's rows come or go.
        pub generation: u32,
        /// The task that the answer is about; for tables, the current one.
        pub task: u32,
        /// That task's process.
        pub process: u32,
        /// Where to continue if not everything fitted: the next `from`.
        pub next: Option<u32>,
    }
}

/// What a query cost the target, and which boot answered it, at the end of the
/// reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trailer {
    /// The longest time with interrupts off, in microseconds; at most
    /// [`Self::LONGEST_US`].
    pub pause_us: u32,
    /// All time taken from the system, likewise.
    pub stolen_us: u32,
    /// A number that another boot very likely does not have; 0 if the target
    /// cannot tell its boots apart.
    pub boot: u16,
}

impl Trailer {
    /// The size on the line before escaping, in bytes.
    pub const BYTES: usize = 8;

    /// The longest time that it can tell, some 17 seconds.
    pub const LONGEST_US: u32 = (1 << TIME_BITS) - 1;

    /// Returns it as bytes on the line.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let pause = u64::from(self.pause_us.min(Self::LONGEST_US));
        let stolen = u64::from(self.stolen_us.min(Self::LONGEST_US));
        let boot = u64::from(self.boot);
        let all = boot << (2 * TIME_BITS) | stolen << TIME_BITS | pause;
        all.to_le_bytes()
    }

    /// Returns the trailer that `bytes` on the line are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let all = u64::from_le_bytes(bytes);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the rest is masked"
        )]
        Self {
            pause_us: all as u32 & Self::LONGEST_US,
            stolen_us: (all >> TIME_BITS) as u32 & Self::LONGEST_US,
            boot: (all >> (2 * TIME_BITS)) as u16,
        }
    }
}

/// The size of a time in a trailer.
const TIME_BITS: u32 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_survives_the_line() {
        let stolen_us = Trailer::LONGEST_US;
        let trailer = Trailer { pause_us: 7, stolen_us, boot: 0xFEDC };
        assert_eq!(Trailer::from_bytes(trailer.to_bytes()), trailer);
        let longer = Trailer { stolen_us: u32::MAX, ..trailer };
        assert_eq!(Trailer::from_bytes(longer.to_bytes()), trailer);
    }
}
