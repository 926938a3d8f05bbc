//! Fixed-size buffers for a stub that has no allocator.

mod ring;
mod surviving;
mod text;

pub(crate) use ring::Ring;
pub(crate) use surviving::Surviving;
pub(crate) use text::Text;
