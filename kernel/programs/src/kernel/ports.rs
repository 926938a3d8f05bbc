//! I/O ports.

use super::{entry, raw};
use abi::Error;

/// I/O ports in a row that are this process' until they are dropped.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    count: u16,
}

impl Ports {
    /// Claims so many ports from `first` on.
    ///
    /// # Errors
    ///
    /// Fails if somebody has one of them, there are none so high, or the
    /// kernel cannot give them.
    pub fn claim(first: u16, count: u16) -> Result<Self, Error> {
        raw::port_claim(first.into(), count.into())?;
        Ok(Self { first, count })
    }

    /// Reads the port that is `offset` behind the first one.
    ///
    /// # Panics
    ///
    /// Panics if that is none of these.
    #[must_use]
    pub fn read(&self, offset: u16) -> u8 {
        entry::read_port(self.port(offset))
    }

    /// Writes to the port that is `offset` behind the first one.
    ///
    /// # Panics
    ///
    /// Panics if that is none of these.
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
        // They are claimed: that cannot fail.
        let _zero = raw::port_release(self.first.into(), self.count.into());
    }
}

/// Reads a port. Whoever has not claimed it faults, and its process ends.
#[must_use]
pub fn read_port(port: u16) -> u8 {
    entry::read_port(port)
}
