//! Its tasks.

use crate::size::HasTasks;
use crate::state::FakeMachine;
use std::fmt::{self, Write};
use stub::embed::{Task, Tasks};

impl<S: HasTasks> Tasks for FakeMachine<S> {
    fn current_task(&mut self) -> u32 {
        self.state().current
    }

    fn task(&mut self, id: u32) -> Option<Task> {
        self.state().tasks.get(&id).map(|task| task.task)
    }

    fn task_after(&mut self, id: u32) -> Option<u32> {
        let state = self.state();
        state.tasks.range(id + 1..).next().map(|(id, _)| *id)
    }

    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        let state = self.state();
        let mut tasks = state.tasks.values();
        tasks.find(|t| t.task.process == process).map(|t| t.task.id)
    }

    fn is_blocked(&mut self, task: u32) -> bool {
        self.state().tasks.get(&task).is_some_and(|task| task.is_blocked)
    }

    fn describe_task(&self, task: u32, out: &mut dyn Write) -> fmt::Result {
        write!(out, "task {task}, ready")
    }
}
