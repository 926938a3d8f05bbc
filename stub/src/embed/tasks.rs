//! Capability: several tasks.

use core::fmt;
use wire::i386;

/// A task as the stub needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its id, from 1.
    pub id: u32,
    /// Its process's id, from 1.
    pub process: u32,
}

impl Task {
    /// Returns the values of [`i386::TASK`], in that order.
    pub(crate) const fn ids(&self) -> [u32; i386::TASK.len()] {
        [self.process, self.id]
    }
}

/// Tasks, which a debugger calls threads. By default there is a single task,
/// with id 1. A kernel with several implements at least the first three
/// methods.
pub trait Tasks {
    /// Returns the id of the task that is running or, at a stop, was running.
    fn current_task(&mut self) -> u32 {
        1
    }

    /// Returns the task with this id; none if it does not exist.
    fn task(&mut self, id: u32) -> Option<Task> {
        (id == 1).then_some(Task { id, process: 1 })
    }

    /// Returns the lowest task id above `id`; none if there is no such task.
    /// The stub lists tasks with it, starting from 0.
    fn task_after(&mut self, id: u32) -> Option<u32> {
        (id < 1).then_some(1)
    }

    /// Returns the id of one task of a process, the same one each time. By
    /// default the one with the lowest id.
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

    /// Returns whether a task is waiting for something, so that it could not
    /// run even if the processor were free. Called before a task is stepped
    /// alone. By default none is.
    fn is_blocked(&mut self, task: u32) -> bool {
        let _ = task;
        false
    }

    /// Writes a task's name and what it is doing, in one line, for gdb's thread
    /// list; text that is too long is cut. By default writes nothing.
    ///
    /// # Errors
    ///
    /// Fails only if writing to `out` fails.
    fn describe_task(
        &self,
        task: u32,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let _ = (task, out);
        Ok(())
    }
}
