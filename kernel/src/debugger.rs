//! The kernel as the stub sees it, and the debug UART that connects them to a
//! debugger.
//!
//! All of this runs in exception tasks: interrupts are off, the directory is
//! the kernel's, and the kernel may be in any state. Therefore records are read
//! without locks, walks of lists are bounded, and the memory of other tasks is
//! read by physical address.

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
    stop_for_good, stop_in_panic,
};
