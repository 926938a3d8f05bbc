//! The rows of I/O ports that processes have.

use super::records;
use crate::debugger::collector::Collector;
use crate::memory::physical::PhysicalWindow;
use crate::records::claim::{CLAIMS, Claim};
use crate::records::table::Slot;
use structures::change::Structure;
use structures::port_bitmap::Ports;
use stub::embed::{NoRows, RowSink};
use wire::rows::PortRange;

impl Collector for PortRange {
    const SOURCES: &'static [Structure] = &[Structure::Claims];

    fn collect(
        _: &mut PhysicalWindow,
        _: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        records::collect(&CLAIMS, from, sink, push_claim)
    }
}

fn push_claim(claim: &Slot<Claim>, sink: &mut RowSink<'_>) -> bool {
    let Ports { first, last } = claim.ports;
    let row = PortRange { first, last, process: claim.process };
    sink.push(claim.id(), &row)
}
