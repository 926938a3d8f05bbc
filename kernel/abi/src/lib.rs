//! What ring-3 programs and the kernel agree on.
#![no_std]
#![forbid(unsafe_code)]
