//! A small kernel whose address space is the specification's.
//!
//! Start reading at [`start::main`], which lists the steps of the boot. This
//! crate is for the machine only; for the host it is empty. Code that can run
//! and be tested on the host is in `structures`.
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
