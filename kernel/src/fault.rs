//! How an exception is handled: the debugger may see it first; then the task
//! handles a fault of ring 3 itself, in ring 0, on its own stack.
//!
//! | exception | of | outcome |
//! |---|---|---|
//! | page fault just below its stack | ring 3 | the stack grows by a page, unseen by the debugger; if it cannot, the process is killed |
//! | any other page fault, #DB, #BP, any other fault | ring 3 | an attached debugger may handle it; otherwise the process is killed |
//! | page fault or #DF on the guard page of a program's kernel stack | ring 0 | an attached debugger may handle it; otherwise the process is killed; in the middle of a change, as in the next row |
//! | any other page fault, #DB, #BP, any other fault | ring 0 | the system stops, also to wait for a debugger; if that passes it on, the kernel reports it and tries again, so it comes back; if there is no stub, the kernel reports it and halts |
//! | NMI | any | the system stops as in ring 0; if the NMI is passed on, or there is no stub, it continues |
//! | #DF, #MC, any that a program cannot have caused, any if the task's kernel stack is not there | any | as in ring 0 |
//! | any that corrupt descriptors may have caused, if they are corrupt | any | the system stops as in ring 0; then they are restored, and it continues |
//! | any | an exception task | [`recover`] |
//!
//! A debugger handles #BP and #DB even when it does not stop the system for
//! them: a condition may be false. In the code, `of_program` (`from_ring3` in
//! `debugger::exception`) is true for an exception that can be delivered to a
//! program.
//!
//! The exception task does as little as possible: it may have interrupted
//! anything, so it neither allocates nor schedules. It decides here, hands the
//! exception to the task in [`reflect`], and the task handles it in
//! [`mod@reflected`]. A fault in an exception task itself is handled by
//! [`recover`].

mod cause;
mod kernel_stack;
mod recover;
mod reflect;
mod reflected;
mod report;

use crate::cpu;
use crate::debugger::{self, Verdict, progress};
use crate::descriptors::{self, kernel_tss};
use crate::devices::console::print_interrupting;
use crate::devices::interrupts;
use crate::devices::stop_request::{self, Reason};
use crate::machine::eflags::INTERRUPTS;
use crate::machine::vectors::{BREAKPOINT, DEBUG, DOUBLE_FAULT, NMI};
use cause::{Exception, Origin};
use layout::VirtAddr;
pub(crate) use recover::check_return;
pub(crate) use reflect::give_way;
pub(crate) use reflected::reflected;
use report::show;

/// Handles exception `vector` in the exception task `task_index`.
pub(crate) fn exception(task_index: usize, vector: u8, code: u32) {
    if !descriptors::interrupted_kernel_task(task_index) {
        return recover::recover(task_index, vector, code);
    }
    let exception = Exception::entered(vector, code);
    if progress::is_direct() {
        if show(&exception, || false) == Verdict::Deliver {
            report::unhandled(&exception);
        }
        return;
    }
    progress::begin(code);
    if vector != DEBUG {
        debugger::end_step_over();
    } else if stop_request::take(Reason::EndOfStep) {
        reflect::return_to_program();
        // From here on, the interrupted code is the program.
        return decide(task_index, &Exception::entered(vector, code));
    }
    decide(task_index, &exception);
}

/// Decides who handles an exception: the debugger, the task, or the kernel,
/// which stops.
fn decide(task_index: usize, exception: &Exception) {
    let Exception { vector, origin, .. } = *exception;
    // In ring 0, interrupts are on only at preemption points and in the idle
    // task.
    let lets_in = kernel_tss().eflags & INTERRUPTS != 0;
    if exception.needs_stack() && kernel_stack::is_there() {
        return reflect::reflect(exception);
    }
    let cr2 = cpu::page_fault_address();
    if origin == Origin::Kernel && kernel_stack::is_outgrown(vector, cr2) {
        return overflow(&Exception { address: VirtAddr(cr2), ..*exception });
    }
    let corrupt =
        exception.may_be_corruption() && descriptors::report_corruption();
    // Checked only where it matters: most breakpoints do not stop the system
    // and should take little time.
    let of_program = || {
        origin != Origin::Kernel
            && !corrupt
            && !exception.is_not_program()
            && kernel_stack::is_there()
    };
    match show(exception, of_program) {
        Verdict::Resume => give_way(),
        Verdict::Deliver if of_program() => reflect::reflect(exception),
        Verdict::Deliver if vector == NMI => {
            print_interrupting!("warning: an NMI came whose cause is unknown");
        }
        Verdict::Deliver if corrupt => {
            print_interrupting!(
                "warning: the processor's tables have been restored"
            );
        }
        Verdict::Deliver => report::unhandled(exception),
    }
    if corrupt {
        descriptors::restore(task_index);
    }
    let is_trap = matches!(vector, DEBUG | BREAKPOINT);
    if !is_trap && lets_in && !of_program() {
        // The interrupt that could not be delivered is lost.
        interrupts::end_all();
    }
}

/// Kills a task whose kernel stack has overflowed; it runs on that stack from
/// its top.
fn overflow(exception: &Exception) {
    // Give an attached debugger a look; do not wait for one to attach.
    if show(exception, || true) == Verdict::Deliver {
        reflect::reflect(&Exception { vector: DOUBLE_FAULT, ..*exception });
    }
}
