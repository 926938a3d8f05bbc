//! Reports a stop.

use super::exchange::Exchange;
use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::debug_registers::Kind;
use crate::target::{Stopped, signal};
use gdbstub::common::Signal;
use wire::i386::general::{EAX, EBP, EFLAGS, EIP, ESP};

/// The registers that gdb needs to show where a task is, and what `finish`
/// returned, without asking again.
const EXPEDITED: [usize; 5] = [EAX, ESP, EBP, EIP, EFLAGS];

impl<M: Machine> Exchange<'_, M> {
    /// Replies with the stop, for a debugger that is waiting for it.
    pub(crate) fn report(&mut self) -> Result<(), Refused> {
        let stopped = self.client.stop.ok_or(Refused::Invalid)?;
        let signal = signal(stopped.reason);
        self.push_stop(signal, stopped.task, Some(&stopped));
        Ok(())
    }

    /// Replies that `task` has stopped, and selects it.
    pub(super) fn push_stop(
        &mut self,
        signal: Signal,
        task: u32,
        stopped: Option<&Stopped>,
    ) {
        self.debuggee.selected = Some(task);
        self.reply.set("T");
        self.reply.push_hex(signal.0);
        self.reply.push_str("thread:");
        // gdb has no thread 0.
        self.push_id(task.max(1));
        self.reply.push(b';');
        if let Some(stopped) = stopped {
            self.push_reason(stopped);
        }
        let Self { client, debuggee, reply } = self;
        // lldb does not ask for them otherwise.
        if core::mem::take(&mut client.libraries_are_news) {
            reply.push_str("library:1;");
        }
        let values = debuggee.machine.general_registers(task);
        for index in EXPEDITED {
            let value = values.as_ref().and_then(|all| all.get(index));
            let Some(value) = value else { continue };
            reply.push_hex(index as u8);
            reply.push(b':');
            value.to_le_bytes().iter().for_each(|byte| reply.push_hex(*byte));
            reply.push(b';');
        }
    }

    /// Adds which breakpoint or watchpoint it was, if the debugger accepts
    /// that.
    fn push_reason(&mut self, stopped: &Stopped) {
        let Self { client, reply, .. } = self;
        let kind = match stopped.hit.map(|hit| hit.kind) {
            Some(Kind::Write) => "watch",
            Some(Kind::Access) => "awatch",
            Some(Kind::Execute) if client.knows_hwbreak => "hwbreak",
            None if stopped.planted && client.knows_swbreak => "swbreak",
            _ => return,
        };
        reply.push_str(kind);
        reply.push(b':');
        if let Some(hit) = stopped.hit
            && hit.kind != Kind::Execute
        {
            reply.push_number(hit.address.0);
        }
        reply.push(b';');
    }
}
