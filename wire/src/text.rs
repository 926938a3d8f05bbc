//! What packets are made of: hexadecimal digits, and parts.

pub mod hex;
pub mod parts;
