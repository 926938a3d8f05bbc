//! Tells a debugger why a packet was refused.

use super::classify::Handler;
use super::debugger::Client;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;
use core::fmt::Write;

impl Client {
    /// Replies why a packet was refused, in text if the debugger accepts it.
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
            // It fits in a reply.
            let _ = write!(reply, "E.{refused}");
        } else {
            reply.set_error(refused);
        }
    }
}

/// Returns whether gdb before 16 prints an error's text in reply to this
/// packet. For other packets it may take the text for data.
const fn takes_text(handler: Handler) -> bool {
    use Handler::{Continue, Resume, SetRegister, SetRegisters};
    matches!(handler, Resume(_) | Continue | SetRegister | SetRegisters)
}
