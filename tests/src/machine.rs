//! A machine that runs the kernel: usually QEMU, or Bochs.
//!
//! `./x run` boots the same system for people; here a test can also choose
//! what `./x run` fixes: the whole command line, the modules, and a
//! connection to the emulator's own debugger.

mod bochs;
mod boot;
mod cable;
mod image;
pub mod monitor;
mod qemu;
mod running;
mod setup;
mod stopwatch;
pub mod walk;

pub use running::{BOOT_LIMIT, Machine};
pub use setup::{Board, Serial, Setup};
pub use stopwatch::Stopwatch;
