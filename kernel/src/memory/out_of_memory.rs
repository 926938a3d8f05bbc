//! The error of all allocations.

/// No frame, no page, or no room in a tree is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutOfMemory;
