//! What a debugger is told when a packet is refused.

use super::debugger::Client;
use crate::answers::After;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;
use core::fmt::Write;

impl Client {
    /// Tells why `body` is refused, as far as the debugger takes it.
    pub(super) fn tell<M: Machine>(
        &self,
        body: &[u8],
        refused: Refused,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        debuggee.refused_last = Some(refused);
        if self.knows_messages || takes_text(body) {
            reply.clear();
            // A reply takes all.
            let _ = write!(reply, "E.{refused}");
        } else {
            reply.set_error(refused.code());
        }
    }
}

/// Returns whether gdb before 16 prints the text of an error that this
/// packet leads to. Where it does not it may take the text for data.
const fn takes_text(body: &[u8]) -> bool {
    matches!(body, [b'c' | b's' | b'C' | b'S' | b'P' | b'G', ..])
        || matches!(body, [b'v', b'C', ..])
}

/// Makes the reply empty, which is how RSP says that a packet is unknown.
pub(super) fn unknown(reply: &mut Reply) -> After {
    reply.clear();
    After::Answered
}
