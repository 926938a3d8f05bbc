//! Bytes in a fixed place, for a stub that has no allocator.

mod ring;
mod text;

pub(crate) use ring::Ring;
pub(crate) use text::Text;
