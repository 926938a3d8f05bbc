//! Hifi-Eslöf: an allocator of pages, as a tree of runs.
//!
//! A *run* is some busy pages followed by some free ones; runs tile the range
//! without gaps. They are the nodes of an AVL tree ordered by address, and each
//! node knows the longest free stretch on either side of it, so that the lowest
//! free stretch of a given length is found, allocated and freed in logarithmic
//! time. Only the first run may have no busy pages; hence two free stretches
//! are never adjacent, and free space is always fully coalesced.
//!
//! Nodes are in the slots of a flat array that may grow while in use; unused
//! slots are linked in a free list. Nothing here recurses, allocates or panics
//! on a sound tree, and the deepest call needs a few hundred bytes of stack.
//!
//! There is one for physical frames, one for global memory, and one for each
//! process' address space.

#[cfg(test)]
mod check;
mod links;
pub mod look;
mod node;
mod pages;
pub mod runs;
#[cfg(test)]
mod tests;
mod tree;

pub use node::{NONE, Node, Run, Slots};
pub use pages::{NotARun, Refusal};
pub use tree::Tree;
