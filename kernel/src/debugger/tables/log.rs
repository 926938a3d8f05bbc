//! The rows of the log.

use crate::debugger::collector::{Asked, Collector};
use crate::devices::log;
use structures::change::Structure;
use structures::log_ring::Entry;
use stub::embed::{NoRows, RowSink};
use wire::rows::LogEntry;

impl Collector for LogEntry<'_> {
    const SOURCES: &'static [Structure] = &[Structure::Log];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let ring = log::ring_to_read().into_iter();
        let entries = ring.flat_map(|ring| ring.entries_from(asked.from));
        for Entry { number, tick, text } in entries {
            if !sink.push(number, &LogEntry { number, tick, text }) {
                break;
            }
        }
        Ok(())
    }
}
