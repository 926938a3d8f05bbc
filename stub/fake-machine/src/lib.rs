//! Two processes and three tasks in eight MiB of memory, with real page
//! tables: the machine under a stub that is tested on the host.
//!
//! A handle can be cloned, so a test looks at the machine that it has given
//! away.
#![forbid(unsafe_code)]

mod machine;
pub mod size;
mod state;
mod tables;

pub use state::{
    Clock, FakeMachine, FakeTask, KERNEL, LAST, LONE, SHARED, STACK, STUB_CODE,
    State,
};
