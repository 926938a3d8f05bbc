//! Capability: page tables.

use super::memory::NoMemory;
use layout::PhysAddr;
use layout::paging::Table;

/// Page tables. By default there is no paging, and linear addresses are
/// physical addresses.
pub trait Paging {
    /// Returns the page directory of an existing task, as CR3 would hold it;
    /// none if the task's linear addresses are physical addresses.
    fn directory(&mut self, task: u32) -> Option<PhysAddr> {
        let _ = task;
        None
    }

    /// Returns the page directory or page table in the frame at `frame`, which
    /// comes from CR3 or a directory entry and so may be garbage.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `frame`.
    fn page_table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        Err(NoMemory(frame))
    }
}
