//! The UART of a PC's serial port: an 8250 or one of its descendants.
//!
//! What it is, is found out when it is opened; see [`Model`]. From then on
//! it is a [`Line`](stub::embed::Line): without a working FIFO one that takes a byte at a time.
//!
//! Spec: National Semiconductor, "PC16550D Universal Asynchronous
//! Receiver/Transmitter with FIFOs", "Registers".
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod detect;
mod driver;
#[cfg(test)]
mod fake;
mod rate;
mod registers;

pub use detect::{Model, Unusable};
pub use driver::Uart;
pub use rate::{FASTEST_BAUD, divisor};
pub use registers::{Register, Registers};
