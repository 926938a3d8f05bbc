//! Reports a stop.

use super::debugger::Client;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::requests::debug_registers::Kind;
use crate::target::{Debuggee, Stopped, signal};
use wire::i386::general::{EAX, EBP, EFLAGS, EIP, ESP};

/// The registers that gdb needs to show where a task is, and what `finish`
/// returned, without asking again.
const EXPEDITED: [usize; 5] = [EAX, ESP, EBP, EIP, EFLAGS];

impl Client {
    /// Writes the stop into `reply`, for a debugger that is waiting for it.
    pub(crate) fn report<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let stopped = self.stop.ok_or(Refused::Invalid)?;
        debuggee.selected = Some(stopped.task);
        reply.clear();
        reply.push(b'T');
        reply.push_hex(signal(stopped.reason).0);
        reply.push_str("thread:");
        // gdb has no thread 0.
        self.write_id(stopped.task.max(1), reply);
        reply.push(b';');
        self.write_reason(&stopped, reply);
        let values = debuggee.machine.general_registers(stopped.task);
        for index in EXPEDITED {
            let value = values.as_ref().and_then(|all| all.get(index));
            let Some(value) = value else { continue };
            reply.push_hex(index as u8);
            reply.push(b':');
            value.to_le_bytes().iter().for_each(|byte| reply.push_hex(*byte));
            reply.push(b';');
        }
        Ok(())
    }

    /// Adds which breakpoint or watchpoint it was, if the debugger accepts
    /// that.
    fn write_reason(&self, stopped: &Stopped, reply: &mut Reply) {
        let kind = match stopped.hit.map(|hit| hit.kind) {
            Some(Kind::Write) => "watch",
            Some(Kind::Access) => "awatch",
            Some(Kind::Execute) if self.knows_hwbreak => "hwbreak",
            None if stopped.planted && self.knows_swbreak => "swbreak",
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
