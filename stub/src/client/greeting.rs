//! The first packet: what a debugger says of itself, and what it is offered.

use super::debugger::Client;
use crate::embed::Machine;
use crate::link::{PACKET_BYTES, Reply};
use crate::target::Debuggee;
use wire::parts::parts;

/// What a debugger may say of itself.
static KNOWN: [&[u8]; 5] = [
    b"swbreak+",
    b"hwbreak+",
    b"qRelocInsn+",
    b"multiprocess+",
    b"error-message+",
];

/// What is offered to everyone besides.
const OFFERED: &str = ";vContSupported+;swbreak+;hwbreak+;\
    qXfer:features:read+;qXfer:osdata:read+;qXfer:memory-map:read+;\
    binary-upload+;ConditionalBreakpoints+;BreakpointCommands+";

impl Client {
    /// A debugger has come, perhaps after one that went without a word.
    pub(crate) fn open<M: Machine>(
        &mut self,
        features: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        self.forget(debuggee);
        debuggee.protects = true;
        debuggee.refused_last = None;
        self.osdata = None;
        let mut known = [false; KNOWN.len()];
        for word in parts(features, b';') {
            for (known, feature) in known.iter_mut().zip(&KNOWN) {
                *known |= word == *feature;
            }
        }
        let [swbreak, hwbreak, relocates, processes, messages] = known;
        self.knows_swbreak = swbreak;
        self.knows_hwbreak = hwbreak;
        self.is_gdb = relocates;
        self.has_processes = !relocates && processes;
        self.knows_messages = messages;
        self.step_thread = None;
        self.is_open = true;
        reply.clear();
        reply.push_str("PacketSize=");
        reply.push_number(PACKET_BYTES as u32);
        reply.push_str(OFFERED);
        if self.knows_messages {
            reply.push_str(";error-message+");
        }
        if self.has_processes {
            reply.push_str(";multiprocess+");
        }
    }
}
