//! A debugger that may look, and do nothing else.
//!
//! It is answered while the system runs, and never stops it.

use super::classify::{Handler, Inspect, Packet};
use super::debugger::Client;
use crate::answers::{About, Outcome};
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;

/// What a debugger is told that wants more.
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
            // What takes more than one go, nobody goes on with.
            Ok(_) => reply.set_error(Refused::Unsupported),
            Err(refused) => reply.set_error(refused),
        }
    }
}
