//! Shows a debugger the pinned task's memory, and another task's when the user
//! wants that: see [`super::pin`].

use super::classify::Handler;
use super::exchange::Exchange;
use crate::embed::Machine;
use crate::protocol::{Refused, ThreadId};
use gdbstub::common::Signal;
use wire::parts::{cut, parts};

impl<M: Machine> Exchange<'_, M> {
    /// `QThreadSuffixSupported`, by which lldb makes itself known.
    pub(super) fn pin(&mut self) {
        let Self { client, .. } = self;
        client.pin.is_needed = true;
        if let Some(stopped) = client.stop {
            client.pin.stopped(stopped.task);
        }
        self.apply_pin();
        self.reply.set("OK");
    }

    /// Makes memory that of the pinned task, if there is one.
    pub(super) fn apply_pin(&mut self) {
        self.debuggee.pinned = self.client.pin.task;
    }

    /// Reports a stop of the task that the user has chosen, in place of
    /// resuming the system as `handler` with `rest` would. Returns whether it
    /// did: lldb overlooks a stop of a task that it doesn't resume, such as
    /// any other while it steps over a breakpoint.
    pub(super) fn show_chosen(
        &mut self,
        handler: Handler,
        rest: &[u8],
    ) -> Result<bool, Refused> {
        let Some(task) = self.client.pin.next else { return Ok(false) };
        let is_resumed = match handler {
            Handler::Resume(kind) => matches!(kind, b'c' | b'C'),
            _ => names(rest, task),
        };
        if !is_resumed {
            return Ok(false);
        }
        self.client.pin.next = None;
        self.debuggee.machine.task(task).ok_or(Refused::NoTask)?;
        self.client.pin.task = Some(task);
        self.apply_pin();
        self.push_stop(Signal::SIGINT, task, None);
        Ok(true)
    }

    /// Splits a packet from the `;thread:ID;` after it, and selects that task.
    pub(super) fn cut_thread<'b>(
        &mut self,
        body: &'b [u8],
        is_of_memory: bool,
    ) -> Result<&'b [u8], Refused> {
        let (packet, suffix) = cut(body, b';');
        let suffix = suffix.and_then(|it| it.strip_prefix(b"thread:"));
        let Some(id) = suffix.filter(|_| self.client.pin.is_needed) else {
            return Ok(body);
        };
        let id = ThreadId::parse(id.strip_suffix(b";").unwrap_or(id));
        let Some(ThreadId::Task(id)) = id else { return Err(Refused::Invalid) };
        self.debuggee.machine.task(id).ok_or(Refused::NoTask)?;
        self.debuggee.selected = Some(id);
        if is_of_memory {
            self.debuggee.pinned = Some(id);
        }
        Ok(packet)
    }
}

/// Returns whether one of the `actions` of a `vCont` is for `task`.
fn names(actions: &[u8], task: u32) -> bool {
    parts(actions, b';').any(|action| {
        let whose = ThreadId::parse(cut(action, b':').1.unwrap_or(b"-1"));
        matches!(whose, Some(ThreadId::Any))
            || whose == Some(ThreadId::Task(task))
    })
}
