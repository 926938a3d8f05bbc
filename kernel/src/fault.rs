//! What becomes of an exception: the debugger may look first, then a fault
//! of ring 3 is handled by the task itself, in ring 0, on its own stack.
//!
//! The exception task does as little as it can: it may have interrupted
//! anything, so it neither allocates nor schedules. It decides here, hands
//! the exception to the task in [`reflect`], and the task handles it in
//! [`mod@reflected`]. What becomes of an exception task that faults itself is
//! [`recover`]'s.

mod cause;
mod epitaph;
mod kernel_stack;
mod recover;
mod reflect;
mod reflected;

use crate::cpu;
use crate::debugger::{self, Verdict, progress};
use crate::descriptors::{self, kernel_tss};
use crate::devices::console::print_line;
use crate::devices::interrupts;
use crate::devices::stop_request::{self, Reason};
use crate::machine::eflags::INTERRUPTS;
use crate::machine::vectors::{BREAKPOINT, DEBUG, DOUBLE_FAULT, NMI};
use cause::{Exception, Origin};
use layout::VirtAddr;
pub(crate) use recover::check_return;
pub(crate) use reflect::give_way;
pub(crate) use reflected::reflected;

/// Handles exception `vector` in the exception task `task_index`.
pub(crate) fn exception(task_index: usize, vector: u8, code: u32) {
    if !descriptors::interrupted_kernel_task(task_index) {
        return recover::recover(task_index, vector, code);
    }
    let exception = Exception::entered(vector, code);
    if progress::goes_straight() {
        if show(&exception, || false) == Verdict::Deliver {
            epitaph::write(&exception);
        }
        return;
    }
    progress::begin(code);
    if vector != DEBUG {
        debugger::end_step_over();
    } else if stop_request::take(Reason::EndOfStep) {
        reflect::return_to_program();
        // What is interrupted is the program now.
        return decide(task_index, &Exception::entered(vector, code));
    }
    decide(task_index, &exception);
}

/// Decides who handles an exception: the debugger, the task, or nobody.
fn decide(task_index: usize, exception: &Exception) {
    let Exception { vector, origin, .. } = *exception;
    // The kernel does where it halts and where it breathes.
    let lets_in = kernel_tss().eflags & INTERRUPTS != 0;
    if exception.wants_stack() && kernel_stack::is_there() {
        return reflect::reflect(exception);
    }
    let cr2 = cpu::page_fault_address();
    if origin == Origin::Kernel && kernel_stack::is_outgrown(vector, cr2) {
        return overflow(&Exception { address: VirtAddr(cr2), ..*exception });
    }
    let ruined =
        exception.may_be_of_tables() && descriptors::report_corruption();
    // Asked only where it matters: most breakpoints stop nothing, and are to
    // be over soon.
    let of_program = || {
        origin != Origin::Kernel
            && !ruined
            && !exception.is_of_kernel()
            && kernel_stack::is_there()
    };
    match show(exception, of_program) {
        Verdict::Resume => give_way(),
        Verdict::Deliver if of_program() => reflect::reflect(exception),
        Verdict::Deliver if vector == NMI => {
            print_line!("warning: an NMI came and nobody knows of it");
        }
        Verdict::Deliver if ruined => {
            print_line!("warning: the processor's tables are mended");
        }
        Verdict::Deliver => epitaph::write(exception),
    }
    if ruined {
        descriptors::mend(task_index);
    }
    let is_trap = matches!(vector, DEBUG | BREAKPOINT);
    if !is_trap && lets_in && !of_program() {
        // The interrupt that could not be delivered is not served.
        interrupts::end_all();
    }
}

/// Makes a task whose kernel stack is full die, on that stack from its top.
fn overflow(exception: &Exception) {
    // A debugger that is there may look; nobody waits for one to come.
    if show(exception, || true) == Verdict::Deliver {
        reflect::reflect(&Exception { vector: DOUBLE_FAULT, ..*exception });
    }
}

/// Shows an exception to the debugger.
fn show(exception: &Exception, of_program: impl FnOnce() -> bool) -> Verdict {
    let Exception { vector, code, address, .. } = *exception;
    debugger::exception(vector, code, address, of_program)
}
