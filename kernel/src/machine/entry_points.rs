//! The addresses at which the kernel is entered or continues, in the assembly
//! of `trap::entries`.

use crate::machine::vectors::{
    DEVICE_NOT_AVAILABLE, EXCEPTIONS, FIRST_VECTOR, IRQS,
};
use abi::SYSTEM_CALL_VECTOR;
use core::arch::naked_asm;
use core::ops::Range;

/// The size of each exception task's stack. The stub needs most of it.
pub(crate) const STACK_BYTES: usize = 16 * 1024;

unsafe extern "C" {
    static exception_stacks: u8;
    static exception_entries: [u32; EXCEPTIONS.len()];
    static interrupt_entry_points: [u32; 2 + IRQS as usize];
    static exception_again: u8;
    static return_from_trap: u8;
    static reflected_entry: u8;
}

/// Returns the entry point of the exception task `index`, and its stack's top.
pub(crate) fn exception_entry(index: usize) -> (u32, u32) {
    let stacks = (&raw const exception_stacks).addr();
    let top = stacks + (index + 1) * STACK_BYTES;
    // SAFETY: the assembly defines the table, and nothing changes it.
    let entries = unsafe { &exception_entries };
    (entries[index], top as u32)
}

/// Returns the addresses of all exception tasks' stacks.
pub(crate) fn all_exception_stacks() -> Range<u32> {
    let start = (&raw const exception_stacks).addr();
    let end = start + EXCEPTIONS.len() * STACK_BYTES;
    start as u32..end as u32
}

/// Returns where an exception task restarts.
pub(crate) fn again_address() -> u32 {
    (&raw const exception_again).addr() as u32
}

/// Returns where a trap frame is popped from the stack.
pub(crate) fn return_address() -> u32 {
    (&raw const return_from_trap).addr() as u32
}

/// Returns where a reflected fault continues in ring 0.
pub(crate) fn reflection_address() -> u32 {
    (&raw const reflected_entry).addr() as u32
}

/// Returns what the function of a kernel task would return to, which it never
/// does: a backtrace ends there.
pub(crate) fn task_end() -> u32 {
    // A return address is behind a call, and so belongs to what is before it.
    kernel_task_start as *const () as usize as u32 + 1
}

#[unsafe(naked)]
extern "C" fn kernel_task_start() -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined eip",
        "nop",
        "ud2",
        ".cfi_endproc",
    )
}

/// A vector that enters through an interrupt gate.
pub(crate) struct InterruptEntry {
    pub(crate) vector: u8,
    pub(crate) eip: u32,
    pub(crate) open_to_ring3: bool,
}

/// Returns every vector that enters through an interrupt gate.
pub(crate) fn interrupt_entries() -> impl Iterator<Item = InterruptEntry> {
    // SAFETY: as in `exception_entry`.
    let entries = unsafe { &interrupt_entry_points };
    let lines = FIRST_VECTOR..FIRST_VECTOR + IRQS;
    [DEVICE_NOT_AVAILABLE]
        .into_iter()
        .chain(lines)
        .chain([SYSTEM_CALL_VECTOR])
        .zip(entries)
        .map(|(vector, eip)| InterruptEntry {
            vector,
            eip: *eip,
            open_to_ring3: vector == SYSTEM_CALL_VECTOR,
        })
}
