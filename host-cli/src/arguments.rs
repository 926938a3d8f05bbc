//! The command line that all commands share.

mod options;
mod space;

pub use options::{Form, Options};
pub use space::{Memory, Whose};
