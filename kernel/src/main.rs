//! A small kernel whose address space is the specification's.
//!
//! [`main`] is its table of contents. What is pure stands in modules that
//! the host compiles and tests as well; the rest is for the machine only.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![cfg_attr(
    not(target_os = "none"),
    allow(dead_code, unused_imports, reason = "the host only tests the parts")
)]

mod processor;

#[cfg(target_os = "none")]
mod boot;
#[cfg(target_os = "none")]
mod clock;
#[cfg(target_os = "none")]
mod console;
#[cfg(target_os = "none")]
mod cpu;
#[cfg(target_os = "none")]
mod debugger;
#[cfg(target_os = "none")]
mod descriptors;
#[cfg(target_os = "none")]
mod fault;
#[cfg(target_os = "none")]
mod interrupts;
#[cfg(target_os = "none")]
mod log;
#[cfg(target_os = "none")]
mod memory;
#[cfg(target_os = "none")]
mod meter;
#[cfg(target_os = "none")]
mod panic;
#[cfg(target_os = "none")]
mod process;
#[cfg(target_os = "none")]
mod programs;
#[cfg(target_os = "none")]
mod serial;
#[cfg(target_os = "none")]
mod start;
#[cfg(target_os = "none")]
mod system_call;
#[cfg(target_os = "none")]
mod trap;
#[cfg(target_os = "none")]
mod vga;

#[cfg(target_os = "none")]
use start::main;

#[cfg(not(target_os = "none"))]
fn main() {}
