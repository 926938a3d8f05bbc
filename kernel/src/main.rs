//! The kernel's image: the library, linked.
#![cfg_attr(target_os = "none", no_std, no_main)]

use kernel as _;

#[cfg(not(target_os = "none"))]
fn main() {}
