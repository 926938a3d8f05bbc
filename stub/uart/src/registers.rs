//! The registers of a port, and the way to them.

/// A register, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Register {
    /// What was received, and what is to be sent. With DLAB, the low half
    /// of the divisor.
    Data = 0,
    /// With DLAB, the high half of the divisor.
    InterruptEnable = 1,
    /// Write only; what is read is the interrupt identification.
    FifoControl = 2,
    /// The form of a character, and DLAB.
    LineControl = 3,
    /// DTR, RTS, loopback and OUT2.
    ModemControl = 4,
    /// What was received and sent, and what went wrong.
    LineStatus = 5,
    /// The other side's signals.
    ModemStatus = 6,
    /// An 8250 has none.
    Scratch = 7,
}

/// The registers of one port.
pub trait Registers {
    /// Returns which port it is, from 1.
    fn number(&self) -> u8;

    /// The receiver is looked at.
    fn look(&mut self) {}

    /// From now on it has to be, for it does not interrupt; or it does.
    fn poll(&mut self, _on: bool) {}

    /// Reads a register.
    fn read(&mut self, register: Register) -> u8;

    /// Writes a register.
    fn write(&mut self, register: Register, value: u8);
}
