//! The record of a range of I/O ports that a process has claimed.

use crate::memory::global;
use crate::records::list::{Link, Listed, OfOwner, Through};
use crate::records::table::{Record, Records};
use structures::change::Structure;
use structures::port_bitmap::Ports;

/// Every range that is claimed, by id.
pub(crate) static CLAIMS: Records<Claim> =
    Records::new(global::record_table(5), global::RECORD_PAGES);

/// A range of ports that a process has claimed.
pub(crate) struct Claim {
    pub(crate) ports: Ports,
    pub(crate) process: u32,
    pub(crate) owner_link: Link,
}

impl Record for Claim {
    const MAGIC: [u8; 4] = *b"PORT";
    const STRUCTURE: Structure = Structure::Claims;
}

impl Listed for Claim {
    fn table() -> &'static Records<Self> {
        &CLAIMS
    }
}

impl Through<Claim> for OfOwner {
    fn link(record: &Claim) -> &Link {
        &record.owner_link
    }
}
