//! The interrupt vectors, and the exception tasks that some of them enter.

use x86::irq::{
    ALIGNMENT_CHECK_VECTOR, BOUND_RANGE_EXCEEDED_VECTOR, DIVIDE_ERROR_VECTOR,
    INVALID_OPCODE_VECTOR, SEGMENT_NOT_PRESENT_VECTOR,
    SIMD_FLOATING_POINT_VECTOR, STACK_SEGEMENT_FAULT_VECTOR, X87_FPU_VECTOR,
};
pub(crate) use x86::irq::{
    BREAKPOINT_VECTOR as BREAKPOINT, DEBUG_VECTOR as DEBUG,
    DEVICE_NOT_AVAILABLE_VECTOR as DEVICE_NOT_AVAILABLE,
    DOUBLE_FAULT_VECTOR as DOUBLE_FAULT,
    GENERAL_PROTECTION_FAULT_VECTOR as GENERAL_PROTECTION,
    INVALID_TSS_VECTOR as INVALID_TSS, MACHINE_CHECK_VECTOR as MACHINE_CHECK,
    NONMASKABLE_INTERRUPT_VECTOR as NMI, OVERFLOW_VECTOR as OVERFLOW,
    PAGE_FAULT_VECTOR as PAGE_FAULT,
};

/// The vector of IRQ 0; IRQ n has this plus n.
pub(crate) const FIRST_VECTOR: u8 = 0x20;
/// The number of IRQs.
pub(crate) const IRQS: u8 = 16;

/// Returns the name of exception `vector` in Intel's manual.
pub(crate) fn name(vector: u8) -> &'static str {
    if vector == DEVICE_NOT_AVAILABLE {
        return "device not available";
    }
    let mut all = EXCEPTIONS.iter();
    let exception = all.find(|it| it.vector == Vector::Fixed(vector));
    exception.map_or("unknown exception", |it| it.name)
}

/// The vector by which an exception task is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vector {
    /// One of the processor's exceptions.
    Fixed(u8),
    /// The IRQ of the debug UART.
    DebugIrq,
}

/// A task to which the processor switches through a task gate.
pub(crate) struct Exception {
    pub(crate) vector: Vector,
    /// Its name in Intel's manual.
    pub(crate) name: &'static str,
    /// Whether ring 3 may raise it with an `int` instruction.
    pub(crate) open_to_ring3: bool,
}

const fn exception(vector: u8, name: &'static str) -> Exception {
    Exception { vector: Vector::Fixed(vector), name, open_to_ring3: false }
}

/// Every exception task, in the order of their TSSes and stacks, and of the
/// entries in the assembly of `trap::entries`. #NM has no task, because the
/// return from a task would make the x87 unit unavailable again.
pub(crate) const EXCEPTIONS: [Exception; 18] = [
    exception(DIVIDE_ERROR_VECTOR, "divide error"),
    exception(DEBUG, "debug exception"),
    exception(NMI, "non-maskable interrupt"),
    Exception { open_to_ring3: true, ..exception(BREAKPOINT, "breakpoint") },
    Exception { open_to_ring3: true, ..exception(OVERFLOW, "overflow") },
    exception(BOUND_RANGE_EXCEEDED_VECTOR, "bound range exceeded"),
    exception(INVALID_OPCODE_VECTOR, "invalid opcode"),
    exception(DOUBLE_FAULT, "double fault"),
    exception(INVALID_TSS, "invalid TSS"),
    exception(SEGMENT_NOT_PRESENT_VECTOR, "segment not present"),
    exception(STACK_SEGEMENT_FAULT_VECTOR, "stack fault"),
    exception(GENERAL_PROTECTION, "general protection fault"),
    exception(PAGE_FAULT, "page fault"),
    exception(X87_FPU_VECTOR, "x87 floating-point error"),
    exception(ALIGNMENT_CHECK_VECTOR, "alignment check"),
    exception(MACHINE_CHECK, "machine check"),
    exception(SIMD_FLOATING_POINT_VECTOR, "SIMD floating-point error"),
    Exception { vector: Vector::DebugIrq, ..exception(0, "debug line") },
];
