//! An exception: what it is, and whose fault it may be.

use crate::cpu;
use crate::descriptors::kernel_tss;
use crate::machine::eflags::VIRTUAL_8086;
use crate::machine::selectors::is_ring3;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::{
    BREAKPOINT, DEBUG, DOUBLE_FAULT, GENERAL_PROTECTION, INVALID_TSS,
    MACHINE_CHECK, NMI, PAGE_FAULT,
};
use crate::process::stack;
use layout::VirtAddr;

/// An exception of what runs in the kernel TSS.
pub(super) struct Exception {
    pub(super) vector: u8,
    pub(super) code: u32,
    /// The address that a page fault could not reach; else 0.
    pub(super) address: VirtAddr,
    pub(super) origin: Origin,
}

/// What has caused an exception.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Kernel,
    Program,
    /// Virtual-8086 mode, which no program is meant to reach. QEMU lets
    /// ring 3 enter it by IRET; its CS looks like any ring's.
    Virtual8086,
}

impl Origin {
    /// Returns what the exception task under way has interrupted.
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
    /// Returns the one that an exception task was entered by.
    pub(super) fn entered(vector: u8, code: u32) -> Self {
        let is_page_fault = vector == PAGE_FAULT;
        let address = if is_page_fault { cpu::page_fault_address() } else { 0 };
        let origin = Origin::interrupted();
        Self { vector, code, address: VirtAddr(address), origin }
    }

    /// Returns the one that has put `frame` on the running task's stack.
    pub(super) fn reflected(frame: &TrapFrame, address: VirtAddr) -> Self {
        let origin = Origin::of(frame.cs, frame.eflags);
        Self { vector: frame.vector as u8, code: frame.code, address, origin }
    }

    /// Returns whether it is a program's stack that wants to grow.
    pub(super) fn wants_stack(&self) -> bool {
        self.origin == Origin::Program
            && self.vector == PAGE_FAULT
            && stack::can_grow(self.code, self.address)
    }

    /// Returns whether it may be the fault of descriptors that were ruined:
    /// one that they can cause, but for what a program does by itself.
    pub(super) fn may_be_of_tables(&self) -> bool {
        match self.vector {
            PAGE_FAULT => self.is_of_kernel(),
            DEBUG | BREAKPOINT | NMI => false,
            vector => self.origin == Origin::Kernel || vector >= DOUBLE_FAULT,
        }
    }

    /// Returns whether a program cannot have caused it, even if it ran when
    /// that came.
    pub(super) fn is_of_kernel(&self) -> bool {
        /// The error code's bit for what comes from outside a program.
        const EXTERNAL: u32 = 1;
        /// That of a page fault for what ring 3 did. The processor's own use
        /// of its tables, and of the kernel's stack, does not count as that.
        const USER: u32 = 1 << 2;
        match self.vector {
            NMI | DOUBLE_FAULT | MACHINE_CHECK => true,
            INVALID_TSS..=GENERAL_PROTECTION => self.code & EXTERNAL != 0,
            PAGE_FAULT => self.code & USER == 0,
            _ => false,
        }
    }
}
