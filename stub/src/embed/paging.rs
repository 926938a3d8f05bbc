//! Capability: page tables.

use super::memory::NoMemory;
use layout::PhysAddr;
use layout::paging::Table;

/// Page tables. By default there is no paging: linear addresses are
/// physical ones.
pub trait Paging {
    /// Returns the page directory of a task that there is, as it would stand
    /// in CR3; none if its linear addresses are physical ones.
    fn directory(&mut self, task: u32) -> Option<PhysAddr> {
        let _ = task;
        None
    }

    /// Returns the page directory or page table in the frame at `frame`.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `frame`.
    fn page_table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        Err(NoMemory(frame))
    }
}
