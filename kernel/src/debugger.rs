//! The kernel as the stub sees it, and the line between them.
//!
//! All of this runs in exception tasks: interrupts are off, the directory
//! is the kernel's, and the kernel may be in any state. So records are read
//! and not locked, lists are bounded, and what other tasks hold in memory
//! is read by physical address.

mod collector;
mod descriptors;
mod frames;
mod machine;
mod mappings;
pub(crate) mod progress;
mod resumption;
mod session;
mod slice;
mod steps;
mod tables;
mod tasks;
mod trees;

pub(crate) use session::{
    Verdict, clear, end_step_over, exception, initialise, lift, on_debug_irq,
    stop_in_panic,
};
