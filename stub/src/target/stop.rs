//! Names for stops, for gdb and for people.

use crate::embed::Stop;
use crate::requests::debug_registers::{Kind, Point};
use core::fmt;
use gdbstub::common::Signal;
use layout::VirtAddr;

/// Names of the processor's exceptions, by vector.
///
/// Spec: Intel SDM vol. 3A, "Exception and Interrupt Reference".
const EXCEPTIONS: [&str; 20] = [
    "divide error",
    "debug exception",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor segment overrun",
    "invalid TSS",
    "segment not present",
    "stack fault",
    "general protection fault",
    "page fault",
    "reserved exception",
    "x87 floating-point error",
    "alignment check",
    "machine check",
    "SIMD floating-point error",
];

const NMI: u8 = 2;
const PAGE_FAULT: u8 = 14;

/// Where and why the system is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stopped {
    /// Why.
    pub(crate) reason: Stop,
    /// Whether it was one of the debugger's breakpoints in memory.
    pub(crate) planted: bool,
    /// Which of the debugger's debug registers hit.
    pub(crate) hit: Option<Point>,
    /// The task that was running, or the one that the debugger waits for.
    pub(crate) task: u32,
    /// Its EIP.
    pub(crate) eip: VirtAddr,
}

/// Returns gdb's signal for `reason`.
pub(crate) const fn signal(reason: Stop) -> Signal {
    match reason {
        Stop::Breakpoint
        | Stop::Step
        | Stop::DebugRegister { .. }
        | Stop::Wait => Signal::SIGTRAP,
        Stop::Interrupt => Signal::SIGINT,
        Stop::Panic => Signal::SIGABRT,
        Stop::Fault { vector, .. } => match vector {
            0 | 16 | 19 => Signal::SIGFPE,
            NMI => Signal::SIGINT,
            6 => Signal::SIGILL,
            8 => Signal::SIGABRT,
            10..=14 => Signal::SIGSEGV,
            17 => Signal::SIGBUS,
            _ => Signal::SIGTRAP,
        },
    }
}

/// A phrase, such as `write watchpoint at 0x0d002000`.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Execute => "hardware breakpoint",
            Kind::Write => "write watchpoint",
            Kind::Access => "access watchpoint",
        })?;
        write!(f, " at {}", self.address)
    }
}

/// A phrase, such as `page fault at 0x00000000`.
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Breakpoint => f.write_str("breakpoint"),
            Self::Step => f.write_str("single step"),
            Self::DebugRegister { .. } => f.write_str("debug register"),
            Self::Panic => f.write_str("kernel panic"),
            Self::Wait => f.write_str("waiting before the first task"),
            Self::Interrupt => f.write_str("a debugger asked for it"),
            Self::Fault { vector, code, address } => {
                let name = EXCEPTIONS.get(usize::from(vector));
                f.write_str(name.unwrap_or(&"reserved exception"))?;
                if vector == PAGE_FAULT {
                    write!(f, " at {address}")?;
                }
                if code != 0 {
                    write!(f, ", error code {code:#x}")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn faults_have_a_signal_and_a_phrase() {
        let fault =
            |vector| Stop::Fault { vector, code: 4, address: VirtAddr(8) };
        assert_eq!(signal(fault(14)), Signal::SIGSEGV);
        assert_eq!(signal(fault(0)), Signal::SIGFPE);
        assert_eq!(signal(fault(2)), Signal::SIGINT);
        assert_eq!(
            fault(14).to_string(),
            "page fault at 0x00000008, error code 0x4"
        );
        assert_eq!(
            fault(200).to_string(),
            "reserved exception, error code 0x4"
        );
    }
}
