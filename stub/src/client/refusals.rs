//! What a debugger is told when a packet is refused.

use super::classify::Handler;
use super::debugger::Client;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;
use core::fmt::Write;

impl Client {
    /// Tells why a packet is refused, as far as the debugger takes it.
    pub(super) fn tell<M: Machine>(
        &self,
        handler: Handler,
        refused: Refused,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        debuggee.refused_last = Some(refused);
        if self.knows_messages || takes_text(handler) {
            reply.clear();
            // A reply takes all.
            let _ = write!(reply, "E.{refused}");
        } else {
            reply.set_error(refused);
        }
    }
}

/// Returns whether gdb before 16 prints the text of an error that this
/// packet leads to. Where it does not it may take the text for data.
const fn takes_text(handler: Handler) -> bool {
    use Handler::{Continue, Resume, SetRegister, SetRegisters};
    matches!(handler, Resume(_) | Continue | SetRegister | SetRegisters)
}
