//! The first packet: what a debugger says it supports, and what it is offered.

use super::debugger::Client;
use crate::built_in::CONDITIONS;
use crate::built_in::TABLES;
use crate::embed::Machine;
use crate::link::{PACKET_BYTES, Reply};
use crate::target::Debuggee;
use wire::parts::parts;
use wire::rows::Table;

/// The features that a debugger may announce.
static KNOWN: [&[u8]; 5] = [
    b"swbreak+",
    b"hwbreak+",
    b"qRelocInsn+",
    b"multiprocess+",
    b"error-message+",
];

impl Client {
    /// Opens a session, perhaps after a debugger that left without saying so.
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
        let has_registers = debuggee.load_registers();
        // The first packet must get through no matter what is corrupt, so no
        // record is read for it.
        let offers = |table| debuggee.machine.offers(table);
        let has_tables = TABLES && Table::ALL.into_iter().any(offers);
        let has_regions = !debuggee.machine.regions().is_empty();
        for (feature, is_offered) in [
            ("vContSupported+;swbreak+", true),
            ("hwbreak+", has_registers),
            ("qXfer:features:read+", true),
            ("qXfer:osdata:read+", has_tables),
            ("qXfer:memory-map:read+", has_regions),
            ("binary-upload+", true),
            ("ConditionalBreakpoints+;BreakpointCommands+", CONDITIONS),
            ("error-message+", self.knows_messages),
            ("multiprocess+", self.has_processes),
        ] {
            if is_offered {
                reply.push(b';');
                reply.push_str(feature);
            }
        }
    }
}
