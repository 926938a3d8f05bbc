//! The tasks that a debugger knows as threads.

use super::debugger::Client;
use crate::answers::After;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::{Refused, ThreadId};
use crate::target::Debuggee;

/// About the most that one reply lists of tasks, in bytes: for as long as it
/// takes to find more, the receiver could not wait.
const MOST_IDS: usize = 1024;

impl Client {
    /// `H`: chooses the task that later packets mean.
    pub(super) fn select<M: Machine>(
        &mut self,
        kind: u8,
        id: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let task = match ThreadId::parse(id).ok_or(Refused::Invalid)? {
            ThreadId::Any => None,
            ThreadId::Task(id) => {
                debuggee.machine.task(id).ok_or(Refused::NoTask)?;
                Some(id)
            }
        };
        match kind {
            b'g' => debuggee.selected = task,
            b'c' => self.step_thread = task,
            _ => return Err(Refused::Invalid),
        }
        reply.set_ok();
        Ok(())
    }

    /// Lists tasks in the order of their ids, as many as fit in a reply: so
    /// gdb, which counts what it is told, gives them the same numbers.
    pub(super) fn list<M: Machine>(
        &mut self,
        after: u32,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> After {
        reply.clear();
        let mut last = after;
        while reply.body().len() < MOST_IDS
            && let Some(id) = debuggee.task_after(last)
        {
            last = id;
            reply.push(if reply.body().is_empty() { b'm' } else { b',' });
            self.write_id(id, reply);
        }
        self.last_listed = last;
        if reply.body().is_empty() {
            reply.push(b'l');
        }
        After::Answered
    }

    /// Writes a task's id as this debugger has it.
    pub(super) fn write_id(&self, task: u32, reply: &mut Reply) {
        if self.has_processes {
            reply.push_str("p1.");
        }
        reply.push_number(task);
    }
}

/// Returns the id of the task that a packet names.
pub(super) fn existing<M: Machine>(
    id: &[u8],
    debuggee: &mut Debuggee<M>,
) -> Result<u32, Refused> {
    let Some(ThreadId::Task(id)) = ThreadId::parse(id) else {
        return Err(Refused::Invalid);
    };
    debuggee.machine.task(id).map(|task| task.id).ok_or(Refused::NoTask)
}
