//! The address space: the specification's table as one constant, and 32-bit
//! paging as a walk that reads memory only through a trait.
//!
//! The kernel maps memory by this table, its linker script takes numbers from
//! it, `docs/memory-map.md` is printed from it, and host-cli names addresses
//! by it.
//!
//! Three items to begin with:
//!
//! - [`REGIONS`]: the table, one [`Region`] a row.
//! - [`paging::walk`]: from a linear address to its entries. The caller
//!   provides physical memory as [`paging::Tables`], so the same walk serves
//!   the stub, the host and tests.
//! - [`VirtAddr`] and [`PhysAddr`]: linear and physical addresses, which the
//!   compiler keeps apart.
//!
//! ```
//! use layout::{REGIONS, VirtAddr, regions};
//!
//! let row = regions::region_of(VirtAddr(0x0010_2345)).unwrap();
//! assert_eq!(row.name, "kernel");
//! assert_eq!(REGIONS.first().unwrap().start, VirtAddr(0x1000));
//! ```
//!
//! Further on: [`runs`] shows an address space as runs of pages that are
//! mapped alike, and [`descriptor`] decodes the GDT and the IDT.
#![no_std]
#![forbid(unsafe_code)]

pub mod address;
pub mod descriptor;
pub mod images;
pub mod paging;
pub mod regions;
pub mod runs;

pub use address::{PAGE_BYTES, PhysAddr, VirtAddr};
pub use regions::{REGIONS, Region};
