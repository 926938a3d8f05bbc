//! What is made of fields, once: a declaration gives a struct, its columns,
//! and its values. [`crate::compact`] writes the values for host-cli; for
//! debuggers each is text in its [`Column`].
//!
//! Both go through a list of [`Value`]s and are there once, whatever the
//! struct: a serialiser for each would take more room in a kernel than all
//! that collects rows there.
pub mod compact;
mod declare;
mod field;
mod lists;
mod value;

pub(crate) use declare::{choice, fields};
pub(crate) use field::longest;
pub use field::{Column, Field, Fields};
pub use lists::{Attachment, Attachments, Bytes, Ids};
pub use value::Value;
