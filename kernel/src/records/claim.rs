//! The record of a range of I/O ports that a process has claimed.

use crate::records::list::{Link, OfOwner, links};
use crate::records::table::{Record, Records};
use structures::change::Structure;
use structures::port_bitmap::Ports;

/// Every range that is claimed, by id.
pub(crate) static CLAIMS: Records<Claim> = Records::new(5);

/// A range of ports that a process has claimed.
pub(crate) struct Claim {
    pub(crate) ports: Ports,
    pub(crate) process: u32,
    pub(crate) owner_link: Link,
}

impl Record for Claim {
    const MAGIC: [u8; 4] = *b"PORT";
    const STRUCTURE: Structure = Structure::Claims;
    const TABLE: &'static Records<Self> = &CLAIMS;
}

links!(Claim: OfOwner = owner_link);
