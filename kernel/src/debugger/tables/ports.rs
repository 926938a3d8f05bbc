//! The rows of I/O ports that processes have.

use super::records;
use crate::debugger::collector::{Asked, Collector};
use crate::records::claim::Claim;
use crate::records::table::Slot;
use structures::change::Structure;
use structures::port_bitmap::Ports;
use stub::embed::{NoRows, RowSink};
use wire::rows::PortRange;

impl Collector for PortRange {
    const SOURCES: &'static [Structure] = &[Structure::Claims];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        records::collect(asked.from, sink, |claim: &Slot<Claim>, sink| {
            let Ports { first, last } = claim.ports;
            let row = PortRange { first, last, process: claim.process };
            sink.push(claim.id(), &row)
        })
    }
}
