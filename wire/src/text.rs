//! The text that packets consist of: hexadecimal digits and delimited parts.

pub mod hex;
pub mod parts;
