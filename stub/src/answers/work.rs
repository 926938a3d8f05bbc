//! Work on a packet that takes more than one go.

use super::find::Scan;
use super::osdata::Asked;
use super::tables::Document;

/// What the last packet has asked for and is not done yet. There is one
/// such thing at a time: the next packet ends it.
#[derive(Debug)]
pub(crate) enum Work {
    /// A piece of a table for gdb.
    Piece(Asked),
    /// A table being printed on the console.
    Print(Document),
    /// A look through memory.
    Scan(Scan),
}
