//! What the processor and the entries save of the interrupted code.

use crate::machine::eflags::{EFLAGS_CLEAR, INTERRUPTS, TRAP};
use crate::machine::selectors::{USER_CODE, USER_DATA, is_ring3};
use abi::SYSTEM_CALL_VECTOR;
use core::mem::offset_of;
use core::ptr;
use layout::regions::KERNEL_STACK;

/// What an interrupt leaves on the stack. From ring 3, it is at the top of the
/// task's kernel stack; from ring 0, it ends before `esp`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct TrapFrame {
    pub(crate) gs: u32,
    pub(crate) fs: u32,
    pub(crate) es: u32,
    pub(crate) ds: u32,
    pub(crate) edi: u32,
    pub(crate) esi: u32,
    pub(crate) ebp: u32,
    /// Pushed by `pushad`, skipped by `popad`.
    pub(crate) ignored_esp: u32,
    pub(crate) ebx: u32,
    pub(crate) edx: u32,
    pub(crate) ecx: u32,
    pub(crate) eax: u32,
    pub(crate) vector: u32,
    pub(crate) code: u32,
    pub(crate) eip: u32,
    pub(crate) cs: u32,
    pub(crate) eflags: u32,
    pub(crate) esp: u32,
    pub(crate) ss: u32,
}

const _: () = assert!(offset_of!(TrapFrame, vector) == 48);
const _: () = assert!(size_of::<TrapFrame>() == 76);

impl TrapFrame {
    /// The size in memory, in bytes.
    pub(crate) const BYTES: u32 = size_of::<Self>() as u32;

    /// The frame's offset for a task that left ring 3: at the top of its kernel
    /// stack's page.
    pub(crate) const OFFSET: u32 = KERNEL_STACK.len_bytes - Self::BYTES;

    /// Returns the frame's bytes in memory.
    pub(crate) fn as_bytes(&self) -> &[u8; Self::BYTES as usize] {
        // SAFETY: the structure is nineteen words without padding.
        unsafe { &*ptr::from_ref(self).cast() }
    }

    /// Returns the frame whose bytes in memory are `bytes`.
    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES as usize]) -> Self {
        let words = bytes.as_ptr().cast();
        // SAFETY: the structure is nineteen words; any words are a valid frame.
        unsafe { ptr::read_unaligned(words) }
    }

    /// Returns the frame with which a task starts in ring 3.
    pub(crate) fn first(eip: u32, esp: u32) -> Self {
        let data = u32::from(USER_DATA);
        Self {
            gs: data,
            fs: data,
            es: data,
            ds: data,
            eip,
            cs: u32::from(USER_CODE),
            eflags: EFLAGS_CLEAR | INTERRUPTS,
            esp,
            ss: data,
            ..Self::default()
        }
    }

    /// Returns whether this is a system call that was being single-stepped. The
    /// processor does not trap before the instruction after the call.
    pub(crate) const fn steps_over_call(&self) -> bool {
        self.vector as u8 == SYSTEM_CALL_VECTOR
            && self.is_from_ring3()
            && self.eflags & TRAP != 0
    }

    /// Returns whether ring 3 was interrupted.
    pub(crate) const fn is_from_ring3(&self) -> bool {
        is_ring3(self.cs)
    }
}
