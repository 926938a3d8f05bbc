//! What can be asked of a kernel, whatever stands behind it.

pub mod error;
pub mod live;

pub use error::{Error, NoSuch};
pub use live::Live;

use layout::VirtAddr;
use std::time::Duration;
use wire::query::{Hello, Pattern, Region, Registers, Space, Translation};
use wire::rows::{Row, Table};

/// A kernel that can be looked into.
pub trait Target {
    /// Asks who it is and how its line does.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    fn hello(&mut self) -> Result<Greeting, Error>;

    /// Asks which entries map `address`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or `space` does not exist.
    fn translate(
        &mut self,
        space: Space,
        address: VirtAddr,
    ) -> Result<Answer<Translation>, Error>;

    /// Asks what is mapped, as runs in order of their addresses.
    ///
    /// # Errors
    ///
    /// As [`Self::translate`].
    fn regions(&mut self, space: Space) -> Result<Answer<Vec<Region>>, Error>;

    /// Asks for all rows of a table; where it is one of many, of that of
    /// mailbox, window or process `of`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such table or mailbox.
    fn rows(&mut self, table: Table, of: u32) -> Result<Rows, Error>;

    /// Asks for the row with this id; there may be others, and not this.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    fn row(&mut self, table: Table, id: u32) -> Result<Rows, Error>;

    /// Reads memory. What came before a failure is in the result.
    fn read(&mut self, space: Space, address: u32, bytes: u32) -> Memory;

    /// Asks for the CRC-32 of memory, as gdb's `qCRC` has it.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or some of it cannot be read.
    fn checksum(
        &mut self,
        space: Space,
        address: u32,
        bytes: u32,
    ) -> Result<Answer<u32>, Error>;

    /// Asks where in memory `pattern` first stands, if it does.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    fn search(
        &mut self,
        space: Space,
        address: u32,
        bytes: u32,
        pattern: Pattern,
    ) -> Result<Answer<Option<u32>>, Error>;

    /// Asks for a task's registers; none means the current task.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such task.
    fn registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<Registers>, Error>;

    /// Returns what the answers so far said of the system.
    fn observed(&self) -> Observed;
}

/// An answer, and whose address space it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer<T> {
    /// The task that was meant; for tables the current one.
    pub task: u32,
    /// Its process.
    pub process: u32,
    /// The answer.
    pub value: T,
}

/// The answer to [`Target::hello`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Greeting {
    bytes: Vec<u8>,
    /// How long question and answer took.
    pub round_trip: Duration,
}

impl Greeting {
    /// Returns what the target tells of itself.
    ///
    /// # Errors
    ///
    /// Fails if the target sent nonsense.
    pub fn hello(&self) -> Result<Hello<'_>, Error> {
        postcard::from_bytes(&self.bytes).map_err(|_| Error::MALFORMED)
    }
}

/// Rows of a table, as they came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rows {
    pages: Vec<Vec<u8>>,
}

impl Rows {
    /// Returns the rows.
    ///
    /// # Errors
    ///
    /// Fails if the target sent nonsense.
    pub fn decode<'a, R: Row<'a>>(&'a self) -> Result<Vec<R>, Error> {
        let mut rows = Vec::new();
        for page in &self.pages {
            let mut rest = &page[..];
            while !rest.is_empty() {
                let (row, behind) = postcard::take_from_bytes(rest)
                    .map_err(|_| Error::MALFORMED)?;
                rows.push(row);
                rest = behind;
            }
        }
        Ok(rows)
    }
}

/// The answer to [`Target::read`].
#[derive(Debug)]
pub struct Memory {
    /// The task in whose space was read; none for physical memory, or if
    /// no answer came.
    pub task: Option<u32>,
    /// Its process.
    pub process: Option<u32>,
    /// What could be read, from the first address on.
    pub bytes: Vec<u8>,
    /// Why there are not more.
    pub missing: Option<Error>,
}

/// What answers said of the system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Observed {
    /// Whether it runs; none before the first answer.
    pub running: Option<bool>,
    /// Whether no answer was taken amid a change.
    pub consistent: Option<bool>,
    /// The longest pause that one of the questions caused; none if the
    /// system is stopped.
    pub pause_us: Option<u32>,
    /// All time that the questions took from it; none likewise.
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
            let _ = Greeting { bytes, round_trip }.hello();
        }
    }
}
