//! What `./x build` gathers, and what its images contain.

mod gathered;
pub mod image;

pub use gathered::{
    MISBEHAVING, PROGRAMS, TASKS, directory, kernel, module, program, root, x,
};
