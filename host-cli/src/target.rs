//! The questions that a target can be asked, and its answers.
//!
//! A target is a kernel that answers host-cli's frames, or any machine that
//! shows registers and memory: then host-cli computes the answers.

mod answer;
mod behind_stub;
mod checksum;
mod computed;
mod error;
mod machine;
mod on_line;
mod questions;
mod reach;
mod spans;

pub use answer::{
    Answer, FloatsSeen, Greeting, InSpace, Memory, Observed, RegistersSeen,
    Rows, Seen,
};
pub use checksum::checksum_of;
pub use error::{Error, NoSuch};
pub use questions::Target;
pub use reach::Hints;
