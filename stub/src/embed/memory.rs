//! Capability: physical memory. Required.

use core::fmt;
use layout::regions::Region;
use layout::{PhysAddr, VirtAddr};

/// There is no memory at this physical address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoMemory(pub PhysAddr);

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no memory at physical address {}", self.0)
    }
}

impl core::error::Error for NoMemory {}

/// Physical memory. The stub translates linear addresses itself.
pub trait Memory {
    /// Copies from physical memory, starting at `at`, until `into` is full. The
    /// range does not cross a page boundary.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `at`.
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory>;

    /// Copies `from` to physical memory, starting at `at`. The range does not
    /// cross a page boundary.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `at`.
    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory>;

    /// Returns whether the stub itself executes the code at this linear
    /// address, so that a breakpoint there would trap the stub. Called before
    /// each breakpoint is set.
    fn is_stub_code(&self, address: VirtAddr) -> bool;

    /// Returns the regions of the linear address space, in ascending order.
    /// Whether processes share a region decides whether a breakpoint in it
    /// applies to one or all of them. By default the layout is unknown, and
    /// each breakpoint belongs to one process.
    fn regions(&self) -> &'static [Region] {
        &[]
    }

    /// Unmaps anything that was mapped to access physical memory. Called before
    /// each reply is sent. By default there is nothing to unmap.
    fn close_window(&mut self) {}
}
