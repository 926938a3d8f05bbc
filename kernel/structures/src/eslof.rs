//! Hifi-Eslöf: who has which pages of a range, as a tree of runs.
//!
//! A *run* is some busy pages followed by some free ones; runs tile the
//! range without gaps. They are the nodes of an AVL tree ordered by address,
//! and each node knows the longest free stretch on either side of it, so
//! that the lowest free stretch of a given length is found, taken and given
//! back in logarithmic time. Only the first run may have no busy pages;
//! hence two free stretches never touch, and free space is always as
//! coalesced as it can be.
//!
//! Nodes stand in slots of a flat array that may grow while in use; slots
//! that are given back form a list and are used again. Nothing here
//! recurses, allocates or panics on a sound tree, and the deepest call needs
//! a few hundred bytes of stack.
//!
//! Instances: physical frames, global memory, each process' address space.

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
