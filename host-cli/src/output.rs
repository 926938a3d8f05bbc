//! What a command prints: text, or one JSON document; and what it writes.

mod file;
mod outcome;
mod print;
mod remarks;

pub use file::FileToBe;
pub use outcome::Outcome;
pub use print::{Header, print};
pub use remarks::{note, warn};
