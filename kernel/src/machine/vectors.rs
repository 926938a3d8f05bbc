//! The interrupt vectors, and the exception tasks that some of them enter.

use x86::irq::{
    ALIGNMENT_CHECK_VECTOR, BOUND_RANGE_EXCEEDED_VECTOR, DIVIDE_ERROR_VECTOR,
    INVALID_OPCODE_VECTOR, OVERFLOW_VECTOR, SEGMENT_NOT_PRESENT_VECTOR,
    SIMD_FLOATING_POINT_VECTOR, STACK_SEGEMENT_FAULT_VECTOR, X87_FPU_VECTOR,
};
pub(crate) use x86::irq::{
    BREAKPOINT_VECTOR as BREAKPOINT, DEBUG_VECTOR as DEBUG,
    DEVICE_NOT_AVAILABLE_VECTOR as DEVICE_NOT_AVAILABLE,
    DOUBLE_FAULT_VECTOR as DOUBLE_FAULT,
    GENERAL_PROTECTION_FAULT_VECTOR as GENERAL_PROTECTION,
    INVALID_TSS_VECTOR as INVALID_TSS, MACHINE_CHECK_VECTOR as MACHINE_CHECK,
    NONMASKABLE_INTERRUPT_VECTOR as NMI, PAGE_FAULT_VECTOR as PAGE_FAULT,
};

/// The vector of IRQ 0; IRQ n has this plus n.
pub(crate) const FIRST_VECTOR: u8 = 0x20;
/// The number of IRQs.
pub(crate) const IRQS: u8 = 16;

/// Returns the name of exception `vector` in Intel's manual.
pub(crate) fn name(vector: u8) -> &'static str {
    match vector {
        DIVIDE_ERROR_VECTOR => "divide error",
        DEBUG => "debug exception",
        NMI => "non-maskable interrupt",
        BREAKPOINT => "breakpoint",
        OVERFLOW_VECTOR => "overflow",
        BOUND_RANGE_EXCEEDED_VECTOR => "bound range exceeded",
        INVALID_OPCODE_VECTOR => "invalid opcode",
        DEVICE_NOT_AVAILABLE => "device not available",
        DOUBLE_FAULT => "double fault",
        INVALID_TSS => "invalid TSS",
        SEGMENT_NOT_PRESENT_VECTOR => "segment not present",
        STACK_SEGEMENT_FAULT_VECTOR => "stack fault",
        GENERAL_PROTECTION => "general protection fault",
        PAGE_FAULT => "page fault",
        X87_FPU_VECTOR => "x87 floating-point error",
        ALIGNMENT_CHECK_VECTOR => "alignment check",
        MACHINE_CHECK => "machine check",
        SIMD_FLOATING_POINT_VECTOR => "SIMD floating-point error",
        _ => "unknown exception",
    }
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
    /// Whether ring 3 may raise it with an `int` instruction.
    pub(crate) open_to_ring3: bool,
}

const fn exception(vector: u8) -> Exception {
    Exception { vector: Vector::Fixed(vector), open_to_ring3: false }
}

/// Every exception task, in the order of their TSSes and stacks, and of the
/// entries in the assembly of `trap::entries`. #NM has no task, because the
/// return from a task would make the x87 unit unavailable again.
pub(crate) const EXCEPTIONS: [Exception; 18] = [
    exception(DIVIDE_ERROR_VECTOR),
    exception(DEBUG),
    exception(NMI),
    Exception { vector: Vector::Fixed(BREAKPOINT), open_to_ring3: true },
    Exception { vector: Vector::Fixed(OVERFLOW_VECTOR), open_to_ring3: true },
    exception(BOUND_RANGE_EXCEEDED_VECTOR),
    exception(INVALID_OPCODE_VECTOR),
    exception(DOUBLE_FAULT),
    exception(INVALID_TSS),
    exception(SEGMENT_NOT_PRESENT_VECTOR),
    exception(STACK_SEGEMENT_FAULT_VECTOR),
    exception(GENERAL_PROTECTION),
    exception(PAGE_FAULT),
    exception(X87_FPU_VECTOR),
    exception(ALIGNMENT_CHECK_VECTOR),
    exception(MACHINE_CHECK),
    exception(SIMD_FLOATING_POINT_VECTOR),
    Exception { vector: Vector::DebugIrq, open_to_ring3: false },
];
