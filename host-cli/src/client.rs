//! Questions and answers on a line that may lose or change bytes.
//!
//! A request that gets no answer is sent again under the same number until the
//! timeout; an answer counts once. Nothing is sent again while an answer is
//! arriving, which takes long on a slow line. Anything else on the line, such
//! as a debugger's packets or answers to others, is ignored.

mod arrivals;
mod deadlines;
mod error;
mod evidence;
mod exchange;
mod frame;
mod in_flight;
mod line_check;
mod line_fault;
pub mod reply;
mod retry_timer;

pub use error::{Error, Received};
pub use exchange::{Client, Event, PIPELINE};
pub use line_fault::LineFault;
pub use reply::Reply;
