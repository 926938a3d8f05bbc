//! Serves a debugger that may only look.
//!
//! It is answered while the system runs, and can't stop it.

use super::classify::{Handler, Inspect, Packet};
use super::debugger::Client;
use crate::answers::{About, Outcome};
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;

/// The reply to a debugger that asks for more.
const REFUSAL: &str = "E.debug-access=inspect: only host-cli may look here";

impl Client {
    /// Answers a packet of a debugger that may only look.
    pub(crate) fn inspect<M: Machine>(
        &mut self,
        packet: Packet,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        let result = match (packet.handler, packet.inspect) {
            (Handler::Hello, _) => {
                self.open(packet.rest(body), debuggee, reply);
                self.is_open = false;
                return;
            }
            (Handler::Detach, _) => return reply.set_ok(),
            (_, Inspect::Answer) => {
                self.inside(packet, body, about, debuggee, reply)
            }
            (_, refusal) => {
                reply.clear();
                if refusal == Inspect::Refuse {
                    reply.push_str(REFUSAL);
                }
                return;
            }
        };
        match result {
            Ok(Outcome::Reply) => {}
            // Nothing here would continue work that needs more than one slice.
            Ok(_) => reply.set_error(Refused::Unsupported),
            Err(refused) => reply.set_error(refused),
        }
    }
}
