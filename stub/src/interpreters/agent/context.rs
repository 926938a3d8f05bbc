//! What an expression needs, and how it fails.

use core::fmt;

/// What an expression looks at, and where it prints.
pub trait Context {
    /// Returns the register that gdb knows by `number`.
    fn register(&mut self, number: u16) -> Option<u64>;

    /// Reads memory into all of `into`; returns whether that was possible.
    fn read(&mut self, address: u32, into: &mut [u8]) -> bool;

    /// Takes a byte of what the expression prints.
    fn print(&mut self, byte: u8);
}

/// Why an expression has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The code is cut short, jumps out of itself, or holds an operation
    /// that there is not.
    Malformed,
    /// An operation that only tracepoints or floating-point numbers need.
    Unsupported,
    /// Too many values, or too few.
    Stack,
    /// A division by zero.
    Division,
    /// A register that this target does not have.
    Register,
    /// Memory that cannot be read.
    Memory,
    /// It went on for too long.
    Fuel,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the expression's code makes no sense",
            Self::Unsupported => "an operation that is not offered",
            Self::Stack => "too many values on the stack, or too few",
            Self::Division => "a division by zero",
            Self::Register => "no such register",
            Self::Memory => "no memory there",
            Self::Fuel => "the expression does not come to an end",
        })
    }
}

impl core::error::Error for Failure {}
