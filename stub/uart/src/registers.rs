//! The registers of a port, and the trait through which they are accessed.

use uart_16550::spec::registers::offsets;

/// A register, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Register {
    /// Received data, and data to send. With DLAB set, the low byte of the
    /// divisor.
    Data = offsets::DATA as u8,
    /// The interrupt enable bits. With DLAB set, the high byte of the divisor.
    InterruptEnable = offsets::IER as u8,
    /// Write only; reads return the interrupt identification.
    FifoControl = offsets::FCR as u8,
    /// The format of characters, and DLAB.
    LineControl = offsets::LCR as u8,
    /// DTR, RTS, loopback and OUT2.
    ModemControl = offsets::MCR as u8,
    /// Status of receiver and transmitter, and errors.
    LineStatus = offsets::LSR as u8,
    /// The modem's signals, such as DSR and DCD.
    ModemStatus = offsets::MSR as u8,
    /// A byte without a function. The 8250 lacks it.
    Scratch = offsets::SPR as u8,
}

/// The registers of one port.
pub trait Registers {
    /// Returns the port's number: 1 for COM1.
    fn number(&self) -> u8;

    /// Called each time the receiver is polled.
    fn look(&mut self) {}

    /// Called with true when the receiver must be polled because its interrupts
    /// are off, and with false when they are on again.
    fn poll(&mut self, _on: bool) {}

    /// Reads a register. Reading may have side effects, so it must access the
    /// hardware exactly once.
    fn read(&mut self, register: Register) -> u8;

    /// Writes a register. It, too, must access the hardware exactly once.
    fn write(&mut self, register: Register, value: u8);
}
