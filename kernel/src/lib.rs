//! A small kernel whose address space is the specification's.
//!
//! [`start::main`] is its table of contents. All of it is for the machine only: to
//! the host, this crate is empty. What the host can run, and tests, is in
//! `structures`.
#![cfg(target_os = "none")]
#![no_std]

mod boot;
mod change;
mod clock;
mod console;
mod cpu;
mod debug_line;
mod debug_registers;
mod debugger;
mod descriptors;
mod eflags;
mod entry;
mod entry_points;
mod fault;
mod found;
mod interrupts;
mod lifecycle;
mod log;
mod memory;
mod meter;
mod options;
mod panic;
mod piece;
mod preemption;
mod process;
mod processor;
mod programs;
mod records;
mod schedule;
mod selectors;
mod serial;
mod start;
mod stop_request;
mod system_call;
mod trap;
mod trap_frame;
mod vectors;
mod vga;
