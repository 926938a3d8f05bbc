//! Registers that are mapped into memory instead of I/O ports.

use crate::registers::{Register, Registers};

/// The memory to which a UART's registers are mapped.
///
/// Accesses must be volatile and of the width that the UART requires: some do
/// not accept accesses of less than four bytes.
pub trait Memory {
    /// Reads the register `offset_bytes` bytes above the first one.
    fn read(&mut self, offset_bytes: usize) -> u8;

    /// Writes the register `offset_bytes` bytes above the first one.
    fn write(&mut self, offset_bytes: usize, value: u8);
}

/// The distance from one register to the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stride {
    /// One byte, as with I/O ports.
    One = 1,
    /// Two bytes.
    Two = 2,
    /// Four bytes.
    Four = 4,
}

impl Stride {
    /// Returns a register's offset from the first one, in bytes.
    #[must_use]
    pub const fn offset_bytes(self, register: Register) -> usize {
        register as usize * self as usize
    }
}

/// The registers of a UART that is mapped into memory.
#[derive(Debug)]
pub struct Mapped<M> {
    number: u8,
    memory: M,
    stride: Stride,
}

impl<M: Memory> Mapped<M> {
    /// Returns the registers in `memory`. Debuggers see `number` as the port's
    /// number, 1 for COM1.
    pub const fn new(number: u8, memory: M, stride: Stride) -> Self {
        Self { number, memory, stride }
    }
}

impl<M: Memory> Registers for Mapped<M> {
    fn number(&self) -> u8 {
        self.number
    }

    fn read(&mut self, register: Register) -> u8 {
        self.memory.read(self.stride.offset_bytes(register))
    }

    fn write(&mut self, register: Register, value: u8) {
        self.memory.write(self.stride.offset_bytes(register), value);
    }
}

#[cfg(test)]
mod tests;
