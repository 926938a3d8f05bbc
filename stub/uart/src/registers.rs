//! The registers of a port, and the way to them.

use uart_16550::spec::registers::offsets;

/// A register, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Register {
    /// What was received, and what is to be sent. With DLAB, the low half
    /// of the divisor.
    Data = offsets::DATA as u8,
    /// With DLAB, the high half of the divisor.
    InterruptEnable = offsets::IER as u8,
    /// Write only; what is read is the interrupt identification.
    FifoControl = offsets::FCR as u8,
    /// The form of a character, and DLAB.
    LineControl = offsets::LCR as u8,
    /// DTR, RTS, loopback and OUT2.
    ModemControl = offsets::MCR as u8,
    /// What was received and sent, and what went wrong.
    LineStatus = offsets::LSR as u8,
    /// The other side's signals.
    ModemStatus = offsets::MSR as u8,
    /// An 8250 has none.
    Scratch = offsets::SPR as u8,
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
