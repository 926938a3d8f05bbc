//! What can be asked of a kernel, whatever stands behind it.

use super::answer::{Answer, Greeting, Memory, Observed, Rows};
use super::error::Error;
use layout::VirtAddr;
use wire::query::{Pattern, Region, Registers, Space, Translation};
use wire::rows::Table;

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
