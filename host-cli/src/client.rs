//! Questions and answers on a line that may lose or change bytes.
//!
//! A request that gets no answer is sent again with its number, until the
//! time-out; an answer counts once. While an answer arrives, nothing is
//! asked again: on a slow line that takes long. Whatever else is on the
//! line, such as a debugger's packets or answers to others, is passed over.

mod deadlines;
mod error;
mod exchange;
mod frame;
mod patience;
pub mod reply;
mod under_way;
mod witness;

pub use error::{Error, Heard};
pub use exchange::{Client, Event, PIPELINE};
pub use reply::Reply;
