//! The bits of EFLAGS that the kernel uses.

use x86::bits32::eflags::EFlags;

/// Only the bit that is always set.
pub(crate) const EFLAGS_CLEAR: u32 = EFlags::FLAGS_A1.bits();
/// TF: trap after the next instruction.
pub(crate) const TRAP: u32 = EFlags::FLAGS_TF.bits();
/// IF: interrupts are enabled.
pub(crate) const INTERRUPTS: u32 = EFlags::FLAGS_IF.bits();
/// NT: IRET returns to the task that the TSS' link names.
pub(crate) const NESTED: u32 = EFlags::FLAGS_NT.bits();
/// VM: virtual-8086 mode.
pub(crate) const VIRTUAL_8086: u32 = EFlags::FLAGS_VM.bits();

/// The bits that a debugger may change: status flags, TF, IF, DF, and RF.
pub(crate) const CHANGEABLE: u32 = EFlags::FLAGS_CF
    .union(EFlags::FLAGS_PF)
    .union(EFlags::FLAGS_AF)
    .union(EFlags::FLAGS_ZF)
    .union(EFlags::FLAGS_SF)
    .union(EFlags::FLAGS_TF)
    .union(EFlags::FLAGS_IF)
    .union(EFlags::FLAGS_DF)
    .union(EFlags::FLAGS_OF)
    .union(EFlags::FLAGS_RF)
    .bits();
