//! The questions of host-cli and their answers, inside `%` frames.
//!
//! A request is [`VERSION`], a postcard [`Request`], and a CRC-32 of both.
//! A reply is [`VERSION`], a postcard [`ReplyHead`], a body that depends on
//! the query, a [`Trailer`], and a CRC-32 of it all. The trailer comes last
//! because it reports what it cost to send the rest.
//!
//! | query | body |
//! |---|---|
//! | [`Query::Hello`] | one [`Hello`] |
//! | [`Query::Translate`] | one [`Translation`] |
//! | [`Query::Regions`] | [`Region`] rows |
//! | [`Query::Rows`] | rows of the table, see [`crate::rows`] |
//! | [`Query::Read`] | the readable prefix, as raw bytes |
//! | [`Query::Registers`] | one [`Registers`] |
//! | [`Query::Checksum`] | one [`Checksum`] |
//! | [`Query::Search`] | one [`Searched`] |
//! | [`Query::Heartbeat`] | nothing |
//! | [`Query::Probe`] | [`LINE_PATTERN`] |
//! | [`Query::FloatRegisters`] | one [`FloatRegisters`] |

mod answers;
mod envelope;
mod hello;
mod line;
mod pattern;
mod question;
mod reply;
mod request;

pub use answers::{
    Checksum, FloatRegisters, Region, Registers, Searched, Translation,
};
pub use envelope::{
    CRC, MAX_READ_BYTES, MAX_REPLY_BYTES, MAX_REQUEST_BYTES, VERSION, checked,
};
pub use hello::{Hello, LineFaults, Stop};
pub use line::{LINE_BEGINS, LINE_ENDS, LINE_PATTERN};
pub use pattern::{MAX_PATTERN_BYTES, Pattern};
pub use question::{Query, Space};
pub use reply::{ReplyHead, Status, Trailer};
pub use request::{BadRequest, Request, decode_request, encode_request};
