//! What a test does on its own host: it waits within a deadline, runs
//! programs to completion, and draws random numbers that are the same in
//! every run.

pub mod deadline;
pub mod process;
pub mod random;
