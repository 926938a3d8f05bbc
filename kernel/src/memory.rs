//! Memory: frames, mappings, windows onto them, and the kernel's allocators.

pub(crate) mod address_space;
pub(crate) mod bootstrap;
pub(crate) mod foreign;
pub(crate) mod frame_list;
pub(crate) mod frame_records;
pub(crate) mod frames;
pub(crate) mod global;
mod label;
pub(crate) mod node_array;
mod out_of_memory;
pub(crate) mod physical;
pub(crate) mod system_tree;

pub(crate) use label::Label;
pub(crate) use out_of_memory::OutOfMemory;
