//! Tells a debugger why a packet was refused.

use super::classify::Handler;
use super::exchange::Exchange;
use crate::embed::Machine;
use crate::protocol::Refused;
use core::fmt::Write;

impl<M: Machine> Exchange<'_, M> {
    /// Replies why a packet was refused, in text if the debugger accepts it.
    pub(crate) fn refuse(&mut self, handler: Handler, refused: Refused) {
        self.debuggee.refused_last = Some(refused);
        let Self { client, reply, .. } = self;
        reply.clear();
        // It fits in a reply.
        let _ = if handler == Handler::Describe {
            // gdb takes any reply for a description.
            write!(reply.digits(), "{refused}")
        } else if client.knows_strings && handler != Handler::Register {
            // lldb asks for many registers that it may not have, and shows no
            // reason.
            reply.set_error(refused);
            reply.push(b';');
            write!(reply.digits(), "{refused}")
        } else if client.knows_messages || takes_text(handler) {
            write!(reply, "E.{refused}")
        } else {
            reply.set_error(refused);
            Ok(())
        };
    }
}

/// Returns whether gdb before 16 prints an error's text in reply to this
/// packet. For other packets it may take the text for data.
const fn takes_text(handler: Handler) -> bool {
    use Handler::{Continue, Resume, SetRegister, SetRegisters};
    matches!(handler, Resume(_) | Continue | SetRegister | SetRegisters)
}
