//! The vectors: what each is for, and by which an exception task is entered.

/// The debug exception.
pub(crate) const DEBUG: u8 = 1;

/// The non-maskable interrupt.
pub(crate) const NMI: u8 = 2;

/// The breakpoint exception, of `int3`.
pub(crate) const BREAKPOINT: u8 = 3;

/// The x87 unit is not available: the one that is no task, because each
/// task's return would make it unavailable again.
pub(crate) const DEVICE_NOT_AVAILABLE: u8 = 7;

/// The fault that a fault's delivery ran into.
pub(crate) const DOUBLE_FAULT: u8 = 8;
pub(crate) const INVALID_TSS: u8 = 10;
pub(crate) const GENERAL_PROTECTION: u8 = 13;

/// The page fault.
pub(crate) const PAGE_FAULT: u8 = 14;

pub(crate) const MACHINE_CHECK: u8 = 18;

/// The vector of line 0; line n has this plus n.
pub(crate) const FIRST_VECTOR: u8 = 0x20;
/// How many lines there are.
pub(crate) const LINES: u8 = 16;

/// Returns what Intel's manual calls the exception `vector`.
pub(crate) fn name(vector: u8) -> &'static str {
    match vector {
        0 => "divide error",
        1 => "debug exception",
        2 => "non-maskable interrupt",
        3 => "breakpoint",
        4 => "overflow",
        5 => "bound range exceeded",
        6 => "invalid opcode",
        7 => "device not available",
        8 => "double fault",
        10 => "invalid TSS",
        11 => "segment not present",
        12 => "stack fault",
        13 => "general protection fault",
        14 => "page fault",
        16 => "x87 floating-point error",
        17 => "alignment check",
        18 => "machine check",
        19 => "SIMD floating-point error",
        _ => "unknown exception",
    }
}

/// By which vector an exception task is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vector {
    /// One of the processor's.
    Fixed(u8),
    /// That of the serial port that the debugger is on.
    DebugLine,
}

/// A task that the processor switches to by itself.
pub(crate) struct Exception {
    pub(crate) vector: Vector,
    /// Whether ring 3 may cause it by an `int` instruction.
    pub(crate) open_to_ring3: bool,
}

const fn exception(vector: u8) -> Exception {
    Exception { vector: Vector::Fixed(vector), open_to_ring3: false }
}

/// Every exception task, in the order of their TSSes and stacks, which is
/// that of the entries in the assembly below.
pub(crate) const EXCEPTIONS: [Exception; 18] = [
    exception(0),
    exception(DEBUG),
    exception(2),
    Exception { vector: Vector::Fixed(BREAKPOINT), open_to_ring3: true },
    Exception { vector: Vector::Fixed(4), open_to_ring3: true },
    exception(5),
    exception(6),
    exception(8),
    exception(10),
    exception(11),
    exception(12),
    exception(13),
    exception(PAGE_FAULT),
    exception(16),
    exception(17),
    exception(18),
    exception(19),
    Exception { vector: Vector::DebugLine, open_to_ring3: false },
];
