//! What is measured and written down: what the stub costs on the line and in
//! time, and what it takes of the kernel's image.

pub mod bench;
pub mod code;
pub mod stub_features;
pub mod stub_size;
