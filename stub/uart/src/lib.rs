//! The UART of a PC's serial port: an 8250 or one of its descendants.
//!
//! [`Uart::open`] detects the [`Model`], tests it, and returns a
//! [`SerialLine`](stub::embed::SerialLine) for a stub. A UART without a working FIFO is
//! driven one byte at a time.
//!
//! The driver works on [`Registers`] and never accesses hardware itself, so it
//! suits any kernel and has no unsafe code. The kernel implements the access:
//!
//! ```
//! use uart::{Register, Registers, Uart};
//! # unsafe fn inb(_: u16) -> u8 { 0xFF }
//! # unsafe fn outb(_: u16, _: u8) {}
//!
//! struct Com1;
//!
//! impl Registers for Com1 {
//!     fn number(&self) -> u8 {
//!         1
//!     }
//!
//!     fn read(&mut self, register: Register) -> u8 {
//!         // SAFETY: these ports belong to a serial line on every PC.
//!         unsafe { inb(0x3F8 + register as u16) }
//!     }
//!
//!     fn write(&mut self, register: Register, value: u8) {
//!         // SAFETY: as in `read`.
//!         unsafe { outb(0x3F8 + register as u16, value) }
//!     }
//! }
//!
//! # assert_eq!(
//! #     Uart::open(Com1, 115_200).err(),
//! #     Some(uart::Unusable::Absent),
//! # );
//! match Uart::open(Com1, 115_200) {
//!     Ok(line) => { /* stub::Session::new(machine, line) */ }
//!     Err(why) => { /* com1 is of no use; why.reason() */ }
//! }
//! ```
//!
//! If the registers are mapped into memory, use [`Mapped`], which knows the
//! distance between them; the kernel then implements [`Memory`].
//!
//! Spec: National Semiconductor, "PC16550D Universal Asynchronous
//! Receiver/Transmitter with FIFOs", "Registers".
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod detect;
mod driver;
#[cfg(test)]
mod fake;
mod mapped;
mod rate;
mod registers;

pub use detect::{Model, Unusable};
pub use driver::Uart;
pub use mapped::{Mapped, Memory, Stride};
pub use rate::{FASTEST_BAUD, divisor};
pub use registers::{Register, Registers};
