//! A GDB stub for a 32-bit x86 kernel, behind a 16550, that also answers
//! host-cli while the system runs.
//!
//! A kernel that embeds it implements the traits of [`embed`].
#![no_std]

pub mod embed;
