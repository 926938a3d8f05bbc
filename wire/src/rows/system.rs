//! Ports, the log, and the processor's own tables.

use crate::fields::fields;
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

fields! {
    /// A range of I/O ports that a process has claimed.
    pub struct PortRange {
        /// The first port.
        pub first: u16,
        /// The last port.
        pub last: u16,
        /// The process that may use them.
        pub process: u32,
    }
}

fields! {
    /// A line of the kernel's log.
    pub struct LogEntry<'a> {
        /// Its number, counted from 0 at boot.
        pub number: u32,
        /// The timer tick at which it was written.
        pub tick: u32 => 7,
        /// Its text; bytes that are not UTF-8 are replaced by `?`.
        pub text: &'a str,
    }
}

fields! {
    /// An entry of the GDT or the IDT, and what a TSS holds.
    pub struct Descriptor<'a> {
        /// `GDT` or `IDT`.
        pub table: &'a str => 5,
        /// Its number there; in the IDT, the vector.
        pub index: u32,
        /// What it is: a segment of code or data, a TSS, or a gate.
        pub kind: &'a str => 9,
        /// What it is for; for a vector, its name.
        pub name: &'a str => 18,
        /// Whether it may be used.
        pub present: bool,
        /// The outermost ring that may use it.
        pub ring: u8,
        /// Its selector; for a gate, that of the segment or TSS it refers to.
        pub selector: u16,
        /// The base of a segment, or the entry point of a gate.
        pub address: Option<VirtAddr>,
        /// The last offset in a segment.
        pub limit: Option<u32> => 10,
        /// Whether a TSS is busy: its task is running or interrupted.
        pub busy: Option<bool>,
        /// The selector of the TSS that its task interrupted.
        pub link: Option<u16>,
        /// Where the task of a TSS will resume.
        pub eip: Option<VirtAddr>,
    }
}

fields! {
    /// A line of the two interrupt controllers.
    pub struct InterruptLine<'a> {
        /// Its number, from 0 to 15: the IRQ.
        pub line: u8 => 4,
        /// The vector that it raises.
        pub vector: u8 => 6,
        /// Whether the kernel has masked it. During a debugger's step all lines
        /// but the debugger's are masked, too, which is not shown.
        pub masked: bool => 6,
        /// Whether it asks for an interrupt (IRR).
        pub pending: bool => 7,
        /// Whether its interrupt has begun and not ended (ISR).
        pub in_service: bool => 7,
        /// How many interrupts of it have ended since boot; spurious ones do
        /// not count.
        pub count: u32 => 10,
        /// Who serves it, if anyone does.
        pub served_by: Option<&'a str> => 17,
    }
}
