//! An exception: its kind, and what may have caused it.

use crate::cpu;
use crate::descriptors::kernel_tss;
use crate::machine::eflags::VIRTUAL_8086;
use crate::machine::selectors::is_ring3;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::{
    BREAKPOINT, DEBUG, DOUBLE_FAULT, GENERAL_PROTECTION, INVALID_TSS,
    MACHINE_CHECK, NMI, OVERFLOW, PAGE_FAULT,
};
use crate::process::stack;
use layout::VirtAddr;

/// An exception in the code that runs in the kernel TSS.
pub(super) struct Exception {
    pub(super) vector: u8,
    pub(super) code: u32,
    /// The faulting address of a page fault; otherwise 0.
    pub(super) address: VirtAddr,
    pub(super) origin: Origin,
}

/// What has caused an exception.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Kernel,
    Program,
    /// Virtual-8086 mode, which programs are not supposed to reach. QEMU lets
    /// ring 3 enter it with IRET; its CS may look like that of any ring.
    Virtual8086,
}

impl Origin {
    /// Returns what the current exception task has interrupted.
    pub(super) fn interrupted() -> Self {
        Self::of(kernel_tss().cs.into(), kernel_tss().eflags)
    }

    fn of(cs: u32, eflags: u32) -> Self {
        if eflags & VIRTUAL_8086 != 0 {
            Self::Virtual8086
        } else if is_ring3(cs) {
            Self::Program
        } else {
            Self::Kernel
        }
    }
}

impl Exception {
    /// Returns the exception by which an exception task was entered.
    pub(super) fn entered(vector: u8, code: u32) -> Self {
        let is_page_fault = vector == PAGE_FAULT;
        let address = if is_page_fault { cpu::page_fault_address() } else { 0 };
        let origin = Origin::interrupted();
        Self { vector, code, address: VirtAddr(address), origin }
    }

    /// Returns the exception that was handed to the running task with `frame`.
    pub(super) fn reflected(frame: &TrapFrame, address: VirtAddr) -> Self {
        let origin = Origin::of(frame.cs, frame.eflags);
        Self { vector: frame.vector as u8, code: frame.code, address, origin }
    }

    /// Returns whether it is raised again if the interrupted code continues and
    /// its cause is still there: it was raised by an instruction that has not
    /// been executed.
    pub(super) fn comes_back(&self) -> bool {
        !matches!(self.vector, OVERFLOW | MACHINE_CHECK)
    }

    /// Returns whether a program's stack has to grow.
    pub(super) fn needs_stack(&self) -> bool {
        self.origin == Origin::Program
            && self.vector == PAGE_FAULT
            && stack::can_grow(self.code, self.address)
    }

    /// Returns whether corrupted descriptors may be the cause: they can raise
    /// this exception, and a program rarely does so by itself.
    pub(super) fn may_be_corruption(&self) -> bool {
        match self.vector {
            PAGE_FAULT => self.is_not_program(),
            DEBUG | BREAKPOINT | NMI => false,
            vector => self.origin == Origin::Kernel || vector >= DOUBLE_FAULT,
        }
    }

    /// Returns whether a program cannot have caused it, even if one was running
    /// at the time.
    pub(super) fn is_not_program(&self) -> bool {
        /// The EXT bit of an error code: the cause is outside the program.
        const EXTERNAL: u32 = 1;
        /// The U/S bit of a page fault's error code: ring 3 made the access.
        /// The processor's own accesses to its tables and to the kernel's stack
        /// do not set it.
        const USER: u32 = 1 << 2;
        match self.vector {
            NMI | DOUBLE_FAULT | MACHINE_CHECK => true,
            INVALID_TSS..=GENERAL_PROTECTION => self.code & EXTERNAL != 0,
            PAGE_FAULT => self.code & USER == 0,
            _ => false,
        }
    }
}
