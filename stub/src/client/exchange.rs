//! A debugger's request and its reply.

use super::debugger::Client;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;

/// A debugger, the machine that it asks about, and the reply that it gets. Each
/// of the other files of this floor adds the answers to some packets.
pub(crate) struct Exchange<'s, M> {
    pub(crate) client: &'s mut Client,
    pub(crate) debuggee: &'s mut Debuggee<M>,
    pub(crate) reply: &'s mut Reply,
}

impl<M: Machine> Exchange<'_, M> {
    /// Lets gdbstub answer the packet `body`. Returns whether the debugger
    /// leaves.
    pub(super) fn gdbstub(&mut self, body: &[u8]) -> Result<bool, Refused> {
        self.client.engine.answer(body, self.debuggee, self.reply)
    }
}
