//! This kernel as the stub sees it: a file for each capability.

mod debug_registers;
mod images;
mod memory;
mod paging;
mod processor;
mod tables;
mod tasks;
mod time;

use crate::memory::physical::PhysicalWindow;
use core::mem::ManuallyDrop;
use layout::PhysAddr;

/// This kernel, for the stub.
pub(crate) struct KernelMachine {
    /// The stub closes it, and the kernel does not end.
    window: ManuallyDrop<PhysicalWindow>,
    kernel_directory: PhysAddr,
}

impl KernelMachine {
    /// Returns the kernel; `kernel_directory` is used before there is a task.
    pub(crate) const fn new(kernel_directory: PhysAddr) -> Self {
        let window = ManuallyDrop::new(PhysicalWindow::new());
        Self { window, kernel_directory }
    }
}
