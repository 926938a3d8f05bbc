//! The command line that all commands share.

mod address;
mod options;
mod space;

pub use address::AddressArg;
pub use options::{Form, Options};
pub use space::{Memory, Whose};
