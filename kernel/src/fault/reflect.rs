//! How an exception is handed to the running task: it gets a trap frame like
//! one from an interrupt gate, and continues in the kernel.

use crate::debugger::progress;
use crate::descriptors::kernel_tss;
use crate::fault::cause::{Exception, Origin};
use crate::fault::kernel_stack;
use crate::fault::report;
use crate::machine::eflags::EFLAGS_CLEAR;
use crate::machine::selectors::{KERNEL_CODE, KERNEL_DATA};
use crate::machine::trap_frame::TrapFrame;
use crate::machine::{entry_points, registers};
use crate::schedule::{self, constraint};
use layout::VirtAddr;
use layout::regions::KERNEL_STACK;
use wire::i386::general::{CS, EAX, EBP, EFLAGS, EIP, ESP, SS};

/// Makes the running task continue in `reflected`, as if after a fault in ring
/// 3.
pub(super) fn reflect(exception: &Exception) {
    let Exception { vector, code, address, .. } = *exception;
    let mut all = registers::from_tss(kernel_tss());
    let mut frame =
        TrapFrame { vector: vector.into(), code, ..TrapFrame::default() };
    registers::set_in_frame(&mut frame, &all);
    if kernel_stack::put(&frame).is_err() {
        report::unhandled(exception);
        // Without a stop here it would come back for ever, unseen.
        report::show(exception, || false);
        return;
    }
    all[EIP] = entry_points::reflection_address();
    all[EAX] = address.0;
    all[ESP] = KERNEL_STACK.start.0 + TrapFrame::OFFSET;
    all[EBP] = 0;
    all[EFLAGS] = EFLAGS_CLEAR;
    all[CS] = KERNEL_CODE.into();
    all[SS..].fill(KERNEL_DATA.into());
    registers::set_in_tss(kernel_tss(), &all);
}

/// Lets the running task, which is in the kernel, continue in its program, as
/// the return from its system call would.
pub(super) fn return_to_program() {
    if let Ok(frame) = kernel_stack::frame() {
        let all = registers::from_frame(&frame);
        registers::set_in_tss(kernel_tss(), &all);
    }
}

/// Not a vector of the processor: a task of ring 3 must yield because another
/// task has the processor to itself.
pub(super) const GIVE_WAY: u8 = 0xFF;

/// Makes the interrupted program yield if another task has the processor to
/// itself. Code in ring 0 soon does so by itself.
pub(crate) fn give_way() {
    if progress::is_direct() {
        return;
    }
    let (origin, address) = (Origin::interrupted(), VirtAddr(0));
    let only = constraint::only();
    if origin == Origin::Program
        && only.is_some_and(|task| task != schedule::current_id())
        && kernel_stack::is_there()
    {
        reflect(&Exception { vector: GIVE_WAY, code: 0, address, origin });
    }
}
