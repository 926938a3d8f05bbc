//! Capability: several tasks.

use core::fmt;
use wire::i386;

/// A task as the stub needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its id, from 1.
    pub id: u32,
    /// Its process' id, from 1.
    pub process: u32,
}

impl Task {
    /// Returns the values of [`i386::TASK`], in that order.
    pub(crate) const fn ids(&self) -> [u32; i386::TASK.len()] {
        [self.process, self.id]
    }
}

/// Tasks, which a debugger knows as threads. By default there is one, of id
/// 1, whatever the kernel does. With more, a kernel implements the first
/// three methods.
pub trait Tasks {
    /// Returns the id of the task that has, or had, the processor.
    fn current_task(&mut self) -> u32 {
        1
    }

    /// Returns the task with this id.
    fn task(&mut self, id: u32) -> Option<Task> {
        (id == 1).then_some(Task { id, process: 1 })
    }

    /// Returns the lowest id above `id` that a task has.
    fn task_after(&mut self, id: u32) -> Option<u32> {
        (id < 1).then_some(1)
    }

    /// Returns the id of some task of a process, the same one each time. By
    /// default the lowest.
    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        let mut id = 0;
        while let Some(next) = self.task_after(id).filter(|next| *next > id) {
            id = next;
            if self.task(id).is_some_and(|task| task.process == process) {
                return Some(id);
            }
        }
        None
    }

    /// Returns whether a task waits for something, so that it could not run
    /// though the processor were free. By default none does.
    fn is_blocked(&mut self, task: u32) -> bool {
        let _ = task;
        false
    }

    /// Writes a task's name and what it does, for gdb's thread list. By
    /// default there is nothing to say.
    ///
    /// # Errors
    ///
    /// Fails only if `out` does.
    fn describe_task(
        &self,
        task: u32,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let _ = (task, out);
        Ok(())
    }
}
