//! The tasks, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::debugger::tasks;
use crate::records::table::Slot;
use crate::records::task::TASKS;
use crate::schedule;
use abi::Text;
use core::fmt;
use stub::embed::{Task, Tasks};
use wire::fields::Field;
use wire::rows::{State, Wait, WaitKind};

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
        let listed = TASKS.after_mapped(id).map(Slot::id);
        let listed = listed.filter(|_| schedule::current_id() != 0);
        let both = listed.into_iter().chain((id < current).then_some(current));
        both.min()
    }

    #[inline(never)]
    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        tasks::first_of(process)
    }

    #[inline(never)]
    fn is_blocked(&mut self, task: u32) -> bool {
        TASKS.get_mapped(task).is_some_and(|task| {
            !matches!(task.state.get(), State::Running | State::Ready)
        })
    }

    #[inline(never)]
    fn describe_task(
        &self,
        task: u32,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let Some(task) = tasks::record(task) else {
            let boots = schedule::current_id() == 0;
            return out.write_str(if boots { "boot" } else { "no record" });
        };
        if let Some(process) = task.process() {
            write!(out, "{}", Text(&process.name))?;
        }
        write!(out, "/{} {}", Text(&task.name), task.state.get().value())?;
        match task.waits_for.get() {
            None => Ok(()),
            Some(Wait { kind: WaitKind::Timer, id }) => {
                write!(out, " until tick {id}")
            }
            Some(wait) => write!(out, ", {}", wait.value()),
        }
    }
}
