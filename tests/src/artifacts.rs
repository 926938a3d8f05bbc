//! What `./x build` gathers, and what an image of it holds.

mod gathered;
pub mod image;

pub use gathered::{
    MISBEHAVING, PROGRAMS, TASKS, directory, kernel, module, program, root, x,
};
