//! What a command prints: text, or one JSON document.

mod outcome;
mod print;
mod remarks;

pub use outcome::Outcome;
pub use print::{Header, print};
pub use remarks::{note, warn};
