//! GDT, IDT and the task-state segments, at the addresses of the table.
//!
//! Every exception but #NM goes through a task gate: the processor saves all
//! registers of the interrupted code in the kernel TSS, whatever the state of
//! its stack. All exception tasks run in the kernel's own directory, each on a
//! stack of its own.
//!
//! Spec: `virtual-memory.md`, rows "Exception TSS:es", "Kernel TSS" and
//! "GDT/IDT"; Intel SDM vol. 3A, "Task Management".

mod pristine;
mod tables;
mod tss;

use layout::PhysAddr;
pub(crate) use pristine::{report_corruption, restore, restore_kernel_task};
pub(crate) use tss::{
    exception_tss, interrupted_exception, interrupted_kernel_task, kernel_tss,
    names_task_of, port_bitmap, restart,
};

/// Fills the tables and loads them. The kernel TSS becomes the current task;
/// `debug_vector` is that of the debug UART, if there is one.
pub(crate) fn initialise(directory: PhysAddr, debug_vector: Option<u8>) {
    tss::fill(directory);
    tables::fill(debug_vector);
    tables::load();
    pristine::remember();
}
