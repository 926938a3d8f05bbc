//! Work on a packet that is done in slices.

use super::find::Scan;
use super::memory_map::MemoryMap;
use super::osdata::OsdataRequest;
use super::tables::Document;

/// Unfinished work of the last packet. There is one at a time: the next packet
/// ends it.
#[derive(Debug)]
pub(crate) enum Work {
    /// A piece of a table for gdb.
    Piece(OsdataRequest),
    /// A table being printed on the console.
    Print(Document),
    /// A map of memory being printed on the console.
    Map(MemoryMap),
    /// `OK`, after text on the console.
    Done,
    /// A scan of memory.
    Scan(Scan),
}
