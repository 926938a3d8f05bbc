//! The segments that kernel and programs run in.

/// Ring 0's code and data, ring 3's code and data.
pub(crate) const KERNEL_CODE: u16 = 1 << 3;
pub(crate) const KERNEL_DATA: u16 = 2 << 3;
pub(crate) const USER_CODE: u16 = 3 << 3 | 3;
pub(crate) const USER_DATA: u16 = 4 << 3 | 3;
