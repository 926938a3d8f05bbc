//! Page tables, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::debugger::tasks;
use crate::descriptors::kernel_tss;
use crate::schedule;
use layout::PhysAddr;
use layout::paging::{Table, Tables};
use stub::embed::{NoMemory, Paging};

impl Paging for KernelMachine {
    #[inline(never)]
    fn directory(&mut self, task: u32) -> Option<PhysAddr> {
        if tasks::is_current(task) {
            // The debugger sees the directory that the processor has loaded.
            return Some(self.loaded_directory());
        }
        tasks::record(task).map(|task| task.directory)
    }

    #[inline(never)]
    fn page_table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        self.window.table(frame)
    }
}

impl KernelMachine {
    /// Returns the directory of the interrupted code: the saved CR3 or, if that
    /// is invalid, the one in the task's record.
    fn loaded_directory(&mut self) -> PhysAddr {
        let loaded = PhysAddr(kernel_tss().cr3);
        let known = schedule::interrupted_task().map(|task| task.directory);
        let known = known.unwrap_or(self.kernel_directory);
        if loaded == known || self.window.can_be_loaded(loaded) {
            loaded
        } else {
            known
        }
    }
}
