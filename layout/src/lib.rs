//! What stands where: the specification's address space as one const table,
//! and 32-bit paging as a pure walk over it.
//!
//! The kernel maps by this table, its linker script takes numbers from it,
//! `docs/memory-map.md` is printed from it, and host-cli names addresses by
//! it. The crate reads no memory: whoever walks page tables brings a
//! [`paging::Tables`], so the same walk serves the stub, the host and tests.
#![no_std]
#![forbid(unsafe_code)]

pub mod address;
pub mod descriptor;
pub mod paging;
pub mod regions;
pub mod runs;

pub use address::{PAGE_BYTES, PhysAddr, VirtAddr};
pub use regions::{REGIONS, Region};
