//! A fake machine for testing the stub on the host: two processes and three
//! tasks in eight MiB of memory, with real page tables.
//!
//! Handles can be cloned, so a test can look at the machine that it has passed
//! to a stub.
#![forbid(unsafe_code)]

mod machine;
pub mod size;
mod state;
mod tables;

pub use state::{
    BOOT, Clock, FakeImage, FakeMachine, FakeTask, KERNEL, LAST, LONE, SHARED,
    STACK, STUB_CODE, State,
};
