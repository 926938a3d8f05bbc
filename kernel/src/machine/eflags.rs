//! EFLAGS' bits.

/// Nothing but the bit that is always set.
pub(crate) const EFLAGS_CLEAR: u32 = 0x2;
/// TF: trap after the next instruction.
pub(crate) const TRAP: u32 = 1 << 8;
/// IF: let interrupts in.
pub(crate) const INTERRUPTS: u32 = 1 << 9;
