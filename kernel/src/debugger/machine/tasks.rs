//! The tasks, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::debugger::tasks;
use crate::records::table::Slot;
use crate::schedule;
use core::fmt;
use stub::embed::{Task, Tasks};

impl Tasks for KernelMachine {
    #[inline(never)]
    fn current_task(&mut self) -> u32 {
        // Before the first task, the boot code takes its place.
        schedule::current_id().max(1)
    }

    #[inline(never)]
    fn task(&mut self, id: u32) -> Option<Task> {
        let process = match tasks::record(id) {
            Some(record) => record.process,
            // It exists even if its record is corrupt.
            None if tasks::is_current(id) => 1,
            None => return None,
        };
        Some(Task { id, process })
    }

    #[inline(never)]
    fn task_after(&mut self, id: u32) -> Option<u32> {
        let current = self.current_task();
        let listed = tasks::record_after(id).map(Slot::id);
        let both = listed.into_iter().chain((id < current).then_some(current));
        both.min()
    }

    #[inline(never)]
    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        tasks::first_of(process)
    }

    #[inline(never)]
    fn is_blocked(&mut self, task: u32) -> bool {
        tasks::is_blocked(task)
    }

    #[inline(never)]
    fn describe_task(
        &self,
        task: u32,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        tasks::describe(task, out)
    }
}
