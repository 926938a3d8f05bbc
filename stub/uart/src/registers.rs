//! The registers of a port, and the trait to access them.

use uart_16550::spec::registers::offsets;

/// A register, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Register {
    /// Received data, and data to send. With DLAB, the low half of the divisor.
    Data = offsets::DATA as u8,
    /// With DLAB, the high half of the divisor.
    InterruptEnable = offsets::IER as u8,
    /// Write only; reads return the interrupt identification.
    FifoControl = offsets::FCR as u8,
    /// The format of characters, and DLAB.
    LineControl = offsets::LCR as u8,
    /// DTR, RTS, loopback and OUT2.
    ModemControl = offsets::MCR as u8,
    /// Status of receiver and transmitter, and errors.
    LineStatus = offsets::LSR as u8,
    /// The modem's signals.
    ModemStatus = offsets::MSR as u8,
    /// An 8250 has none.
    Scratch = offsets::SPR as u8,
}

/// The registers of one port.
pub trait Registers {
    /// Returns the port's number, from 1.
    fn number(&self) -> u8;

    /// Called when the receiver is polled.
    fn look(&mut self) {}

    /// Called with true when the receiver must be polled, because it no longer
    /// interrupts, and with false when it interrupts again.
    fn poll(&mut self, _on: bool) {}

    /// Reads a register.
    fn read(&mut self, register: Register) -> u8;

    /// Writes a register.
    fn write(&mut self, register: Register, value: u8);
}
