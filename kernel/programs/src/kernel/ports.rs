//! I/O ports.

use super::{entry, raw};
use abi::Error;

/// A range of I/O ports that belongs to this process until dropped.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    count: u16,
}

impl Ports {
    /// Claims this many ports from `first` on.
    ///
    /// # Errors
    ///
    /// Fails if another process has one of them, they are out of range, or the
    /// kernel does not give them away.
    pub fn claim(first: u16, count: u16) -> Result<Self, Error> {
        raw::port_claim(first.into(), count.into())?;
        Ok(Self { first, count })
    }

    /// Reads the port `offset` above the first one.
    ///
    /// # Panics
    ///
    /// Panics if it is outside the range.
    #[must_use]
    pub fn read(&self, offset: u16) -> u8 {
        entry::read_port(self.port(offset))
    }

    /// Writes to the port `offset` above the first one.
    ///
    /// # Panics
    ///
    /// Panics if it is outside the range.
    pub fn write(&self, offset: u16, value: u8) {
        entry::write_port(self.port(offset), value);
    }

    fn port(&self, offset: u16) -> u16 {
        assert!(offset < self.count, "port {offset} of {}", self.count);
        self.first + offset
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        // They are claimed: this cannot fail.
        let _zero = raw::port_release(self.first.into(), self.count.into());
    }
}

/// Reads a port. If it has not been claimed, this faults, and the process ends.
#[must_use]
pub fn read_port(port: u16) -> u8 {
    entry::read_port(port)
}
