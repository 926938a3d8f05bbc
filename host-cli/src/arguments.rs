//! The arguments that commands share.

mod address;
mod options;
mod space;

pub use address::AddressArg;
pub use options::Options;
pub use space::{MemoryArgs, SpaceArgs};
