//! The UART of a PC's serial port: an 8250 or one of its descendants.
//!
//! What it is, is found out when it is opened; see [`Model`]. From then on
//! it is a [`Line`](stub::embed::Line): without a working FIFO one that takes a byte at a time.
//!
//! It knows [`Registers`], not how to get at them, so that it is for any
//! kernel and has nothing unsafe in it. A kernel says how:
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
//! Where the registers are in memory, [`Mapped`] knows how far they are from
//! one another; the kernel implements [`Memory`].
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
