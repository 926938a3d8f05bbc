//! Capability: physical memory. Every kernel has it.

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

/// Physical memory. Linear addresses are the stub's to walk.
pub trait Memory {
    /// Copies from physical memory. `at` and `into` lie in one page.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `at`.
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory>;

    /// Copies to physical memory. `at` and `from` lie in one page.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `at`.
    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory>;

    /// Returns whether a breakpoint at `address` would stop the stub itself.
    fn is_stub_code(&self, address: VirtAddr) -> bool;

    /// Returns what is where in the address space, lowest address first: who
    /// shares it decides for whom a breakpoint there is. By default that is
    /// not known, and each breakpoint is one process'.
    fn regions(&self) -> &'static [Region] {
        &[]
    }

    /// Unmaps whatever was mapped to reach physical memory. Called before
    /// each reply leaves. By default nothing was.
    fn close_window(&mut self) {}
}
