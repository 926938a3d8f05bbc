//! What an expression needs, and how it can fail.

use core::fmt;

/// The registers and memory that an expression reads, and where it prints.
pub trait Context {
    /// Returns the register with gdb's number `number`.
    fn register(&mut self, number: u16) -> Option<u64>;

    /// Fills `into` from memory; returns whether that was possible.
    fn read(&mut self, address: u32, into: &mut [u8]) -> bool;

    /// Prints a byte.
    fn print(&mut self, byte: u8);
}

/// Why an expression has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The code is truncated, jumps out of itself, or contains an unknown
    /// operation.
    Malformed,
    /// An operation for tracepoints or floating-point numbers.
    Unsupported,
    /// Stack overflow or underflow.
    Stack,
    /// A division by zero.
    Division,
    /// A register that this target does not have.
    Register,
    /// Memory that is not readable.
    Memory,
    /// It ran for too long.
    Fuel,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the expression is malformed",
            Self::Unsupported => "an unsupported operation",
            Self::Stack => "a stack overflow or underflow",
            Self::Division => "a division by zero",
            Self::Register => "no such register",
            Self::Memory => "no memory there",
            Self::Fuel => "the expression runs for too long",
        })
    }
}

impl core::error::Error for Failure {}
