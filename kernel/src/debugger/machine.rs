//! This kernel as the stub sees it: a file for each capability.

mod debug_registers;
mod memory;
mod paging;
mod processor;
mod tables;
mod tasks;
mod time;

use crate::memory::physical::PhysicalWindow;
use layout::PhysAddr;

/// This kernel, for the stub.
pub(crate) struct KernelMachine {
    window: PhysicalWindow,
    kernel_directory: PhysAddr,
}

impl KernelMachine {
    /// Returns the kernel; `kernel_directory` is used before there is a task.
    pub(crate) const fn new(kernel_directory: PhysAddr) -> Self {
        Self { window: PhysicalWindow::new(), kernel_directory }
    }
}
