//! The pure parts of the kernel: data structures and parsers that depend
//! neither on the machine nor on one another, and are tested on the host.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod change;
pub mod command_line;
pub mod elf_image;
pub mod eslof;
pub mod log_ring;
pub mod port_bitmap;
pub mod processor;
pub mod queue;
