//! A small kernel whose address space is the specification's.
//!
//! [`start::main`] is its table of contents. All of it is for the machine
//! only: to the host, this crate is empty. What the host can run, and tests,
//! is in `structures`.
#![cfg(target_os = "none")]
#![no_std]

mod cpu;
mod debugger;
mod descriptors;
mod devices;
mod fault;
mod lifecycle;
mod machine;
mod memory;
mod panic;
mod process;
mod programs;
mod records;
mod schedule;
mod start;
mod system_call;
mod trap;
