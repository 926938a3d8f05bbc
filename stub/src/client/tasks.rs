//! The tasks that a debugger sees as threads.

use super::exchange::Exchange;
use crate::embed::Machine;
use crate::protocol::{Refused, ThreadId};

/// Roughly the longest list of tasks in one reply, in bytes: the receiver
/// couldn't wait while more were looked up.
const MOST_IDS: usize = 1024;

impl<M: Machine> Exchange<'_, M> {
    /// `H`: chooses the task that later packets refer to.
    pub(super) fn select(&mut self, rest: &[u8]) -> Result<(), Refused> {
        let (kind, id) = rest.split_first().ok_or(Refused::Invalid)?;
        let task = match ThreadId::parse(id).ok_or(Refused::Invalid)? {
            ThreadId::Any => None,
            ThreadId::Task(id) => {
                self.debuggee.machine.task(id).ok_or(Refused::NoTask)?;
                Some(id)
            }
        };
        match kind {
            b'g' => self.debuggee.selected = task,
            b'c' => self.client.step_thread = task,
            _ => return Err(Refused::Invalid),
        }
        self.reply.set("OK");
        Ok(())
    }

    /// `qC`: replies which task is running.
    pub(super) fn current(&mut self) {
        self.reply.set("QC");
        let task = self.debuggee.machine.current_task();
        self.push_id(task);
    }

    /// Lists tasks in the order of their ids, as many as fit in a reply. gdb
    /// numbers threads in the order that it hears of them, so its numbers
    /// match.
    pub(super) fn list(&mut self, after: u32) {
        self.reply.clear();
        let mut last = after;
        while self.reply.body().len() < MOST_IDS
            && let Some(id) = self.debuggee.task_after(last)
        {
            last = id;
            let is_first = self.reply.body().is_empty();
            self.reply.push(if is_first { b'm' } else { b',' });
            self.push_id(id);
        }
        self.client.last_listed = last;
        if self.reply.body().is_empty() {
            self.reply.push(b'l');
        }
    }

    /// Adds a task's id in the form that this debugger uses.
    pub(super) fn push_id(&mut self, task: u32) {
        if self.client.has_processes {
            self.reply.push_str("p1.");
        }
        self.reply.push_number(task);
    }

    /// Checks that the task that a packet names exists.
    pub(super) fn check_exists(&mut self, id: &[u8]) -> Result<(), Refused> {
        let Some(ThreadId::Task(id)) = ThreadId::parse(id) else {
            return Err(Refused::Invalid);
        };
        self.debuggee.machine.task(id).map(|_| ()).ok_or(Refused::NoTask)
    }
}
