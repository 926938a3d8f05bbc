//! The tasks that a debugger sees as threads.

use super::debugger::Client;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::{Refused, ThreadId};
use crate::target::Debuggee;

/// Roughly the longest list of tasks in one reply, in bytes: the receiver
/// couldn't wait while more were looked up.
const MOST_IDS: usize = 1024;

impl Client {
    /// `H`: chooses the task that later packets refer to.
    pub(super) fn select<M: Machine>(
        &mut self,
        rest: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let (kind, id) = rest.split_first().ok_or(Refused::Invalid)?;
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

    /// `qC`: replies which task is running.
    pub(super) fn current<M: Machine>(
        &self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        reply.clear();
        reply.push_str("QC");
        self.write_id(debuggee.machine.current_task(), reply);
    }

    /// Lists tasks in the order of their ids, as many as fit in a reply. gdb
    /// numbers threads in the order that it hears of them, so its numbers
    /// match.
    pub(super) fn list<M: Machine>(
        &mut self,
        after: u32,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
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
    }

    /// Writes a task's id in the form that this debugger uses.
    pub(super) fn write_id(&self, task: u32, reply: &mut Reply) {
        if self.has_processes {
            reply.push_str("p1.");
        }
        reply.push_number(task);
    }
}

/// Checks that the task that a packet names exists.
pub(super) fn exists<M: Machine>(
    id: &[u8],
    debuggee: &mut Debuggee<M>,
) -> Result<(), Refused> {
    let Some(ThreadId::Task(id)) = ThreadId::parse(id) else {
        return Err(Refused::Invalid);
    };
    debuggee.machine.task(id).map(|_| ()).ok_or(Refused::NoTask)
}
