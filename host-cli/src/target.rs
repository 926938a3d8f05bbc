//! The questions that a kernel can be asked, and its answers.

mod answer;
mod asking;
mod error;
mod memory;
mod questions;
mod scan;

pub use answer::{Answer, Greeting, Memory, Observed, Rows};
pub use asking::Target;
pub use error::{Error, NoSuch};
pub use scan::checksum_of;
