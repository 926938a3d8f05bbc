//! The first packet: what a debugger says it supports, and what it is offered.

use super::exchange::Exchange;
use crate::answers::libraries;
use crate::built_in::{CONDITIONS, TABLES};
use crate::embed::Machine;
use crate::link::PACKET_BYTES;
use wire::parts::parts;
use wire::rows::Table;

impl<M: Machine> Exchange<'_, M> {
    /// Opens a session, perhaps after a debugger that left without saying so.
    pub(super) fn open(&mut self, features: &[u8]) {
        let Self { client, debuggee, reply } = self;
        client.forget(debuggee);
        debuggee.protects = true;
        debuggee.refused_last = None;
        client.osdata = None;
        let knows = |feature: &str| {
            parts(features, b';').any(|it| it == feature.as_bytes())
        };
        client.knows_swbreak = knows("swbreak+");
        client.knows_hwbreak = knows("hwbreak+");
        client.is_gdb = knows("qRelocInsn+");
        client.has_processes = !client.is_gdb && knows("multiprocess+");
        client.knows_messages = knows("error-message+");
        client.knows_strings = false;
        client.step_thread = None;
        // lldb before 23 forgets where everything is when it reads the list.
        let has_libraries = TABLES
            && (client.is_gdb || knows("qXfer:libraries:read+"))
            && libraries::are_offered(debuggee);
        client.libraries_are_news = has_libraries && !client.is_gdb;
        client.is_open = true;
        reply.set("PacketSize=");
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
            ("qXfer:libraries:read+", has_libraries),
            ("binary-upload+", true),
            ("ConditionalBreakpoints+;BreakpointCommands+", CONDITIONS),
            ("error-message+", client.knows_messages),
            ("multiprocess+", client.has_processes),
        ] {
            if is_offered {
                reply.push(b';');
                reply.push_str(feature);
            }
        }
    }
}
