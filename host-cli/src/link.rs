//! The line to the target: a serial port, a pty or a socket.

pub mod address;
pub mod interrupt;
mod line;
mod open;

pub use address::Address;
pub use interrupt::Interrupt;
pub use line::{Line, SLICE, is_timeout};
pub use open::{OpenError, open};
