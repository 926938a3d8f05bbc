//! The memory that the instructions use.

/// Where the program is.
pub(super) const START: u32 = 0x4000_0000;

/// The operands in memory, and the stack. It crosses into another page; below it
/// is room for what interrupts push.
pub(super) const DATA: u32 = START + 0x2000 - 0x40;

/// Its size.
pub(super) const DATA_BYTES: u32 = 0x80;
