//! Measurements that make a page: what the stub costs on the line and in
//! time, and how much of the kernel's image it takes.

pub mod bench;
pub mod code;
pub mod stub_features;
pub mod stub_size;
