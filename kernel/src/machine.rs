//! Facts about the processor and the boot loader: layouts, selectors, vectors,
//! flags.

pub(crate) mod boot;
pub(crate) mod debug_registers;
pub(crate) mod eflags;
pub(crate) mod entry_points;
pub(crate) mod options;
pub(crate) mod processor;
pub(crate) mod registers;
pub(crate) mod selectors;
pub(crate) mod trap_frame;
pub(crate) mod vectors;
