//! Structs of fields: one declaration defines the struct, its columns and its
//! values. [`crate::compact`] encodes the values for host-cli; debuggers see
//! each as text in its [`Column`].
//!
//! Both work on a list of [`Value`]s, with one function for every struct: a
//! serializer for each would take more room in a kernel than all of its
//! collectors.

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
