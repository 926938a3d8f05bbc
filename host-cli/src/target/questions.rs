//! The questions that a kernel can be asked, wherever it is.

use super::answer::{Answer, Greeting, Memory, Observed, Rows};
use super::error::Error;
use layout::VirtAddr;
use wire::query::{Pattern, Region, Registers, Space, Translation};
use wire::rows::Table;

/// A kernel that can be inspected.
pub trait Target {
    /// Asks which stub and kernel it is, and for the state of its line.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    fn hello(&mut self) -> Result<Greeting, Error>;

    /// Asks for the directory and table entries that map `address`.
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

    /// Asks for all rows of a table. If there is one such table per object,
    /// `of` names the mailbox, window, frame or process.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or what `of` names does not exist.
    fn rows(&mut self, table: Table, of: u32) -> Result<Rows, Error>;

    /// Asks for the row with this id. The result starts with the first row
    /// whose id is not lower, and may hold more.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    fn row(&mut self, table: Table, id: u32) -> Result<Rows, Error>;

    /// Reads memory. The result holds what was read before a failure.
    fn read(&mut self, space: Space, address: u32, bytes: u32) -> Memory;

    /// Asks for the CRC-32 of memory, as defined for gdb's `qCRC`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or some of the memory cannot be read.
    fn checksum(
        &mut self,
        space: Space,
        address: u32,
        bytes: u32,
    ) -> Result<Answer<u32>, Error>;

    /// Asks where `pattern` first occurs in memory, if it does.
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

    /// Asks for the registers of a task, or of the current one if none is
    /// given.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such task.
    fn registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<Registers>, Error>;

    /// Returns what the answers so far said about the system.
    fn observed(&self) -> Observed;
}
