//! How the kernel recovers when an exception task itself faults, or has nothing
//! to return to.

use crate::debugger::{self, progress};
use crate::descriptors::{self, kernel_tss};
use crate::devices::console::{self, print_interrupting, print_line};
use crate::devices::debug_irq;
use crate::fault::cause::Exception;
use crate::fault::report;
use crate::machine::vectors::{
    BREAKPOINT, DOUBLE_FAULT, GENERAL_PROTECTION, NMI, name,
};
use crate::memory::physical::PhysicalWindow;
use crate::schedule;
use layout::{PhysAddr, VirtAddr};

/// Handles exception `vector` of another exception task, in the exception task
/// `task_index`.
pub(super) fn recover(task_index: usize, vector: u8, code: u32) {
    if vector == NMI {
        // The stub continues, so nothing hangs.
        return;
    }
    if let Some(victim) = descriptors::interrupted_exception(task_index)
        && (remove_own_breakpoint(victim, vector, code)
            || restart_stub(victim, vector)
            || restart_directly(victim, vector))
    {
        return;
    }
    console::take_over();
    print_line!("panic: ", name(vector), " in an exception task");
    debugger::stop_for_good()
}

/// Removes a breakpoint of the debugger that an exception task has hit, and
/// lets that task continue as if there had been none. Returns whether there was
/// one. If it is the breakpoints' own exception task, the processor cannot
/// enter it again and raises another exception.
fn remove_own_breakpoint(victim: usize, vector: u8, code: u32) -> bool {
    let victim = descriptors::exception_tss(victim);
    let at = match vector {
        BREAKPOINT => victim.eip.wrapping_sub(1),
        GENERAL_PROTECTION if descriptors::names_task_of(code, BREAKPOINT) => {
            victim.eip
        }
        _ => return false,
    };
    if !debugger::lift(VirtAddr(at)) {
        return false;
    }
    victim.eip = at;
    print_interrupting!("the stub hit the breakpoint at ", VirtAddr(at));
    true
}

/// Restarts an exception task that has faulted in the stub, because of what it
/// found in memory: the debugger gets an error as its answer. Returns whether
/// that was the case.
fn restart_stub(victim: usize, vector: u8) -> bool {
    if !progress::give_up() {
        return false;
    }
    // A page fault in the page faults' own task, which cannot be entered again,
    // arrives as a double fault.
    let (at, name) = (restart(victim), name(vector));
    print_interrupting!("the stub abandoned an answer: ", name, " at ", at);
    true
}

/// Restarts an exception task that has faulted outside the stub, in its work
/// for the kernel: it now goes straight to the stub. Returns whether it was
/// restarted: not without a stub, nor after a second fault, since it would
/// fault again.
fn restart_directly(victim: usize, vector: u8) -> bool {
    if !debug_irq::has_stub() || progress::set_direct() {
        return false;
    }
    let (at, name) = (restart(victim), name(vector));
    print_interrupting!("the path to the stub is corrupt: ", name, " at ", at);
    true
}

/// Restarts an exception task with the state it was entered with. Returns where
/// it was.
fn restart(victim: usize) -> VirtAddr {
    let at = VirtAddr(descriptors::exception_tss(victim).eip);
    debugger::clear();
    descriptors::restart(victim, progress::restore_entry());
    at
}

/// Makes sure that the interrupted task can continue; called before an
/// exception task returns to it. While it cannot, the system stops again and
/// again, or halts if there is no stub.
pub(crate) fn check_return() {
    descriptors::restore_kernel_task();
    if progress::take_direct() {
        return;
    }
    loop {
        let saved = PhysAddr(kernel_tss().cr3);
        let known = known_directory();
        if Some(saved) == known || is_loadable(saved) {
            return;
        }
        print_interrupting!("panic: the saved CR3 is invalid: ", saved);
        debugger::stop_in_panic();
        if is_loadable(PhysAddr(kernel_tss().cr3)) {
            return;
        }
        if let Some(known) = known_directory().filter(|at| is_loadable(*at)) {
            kernel_tss().cr3 = known.0;
            print_interrupting!(
                "warning: CR3 has been restored from the task's record: ",
                known
            );
            return;
        }
        if !debug_irq::has_stub() {
            report::unhandled(&Exception::entered(DOUBLE_FAULT, 0));
        }
    }
}

/// Returns the directory in the interrupted task's record.
fn known_directory() -> Option<PhysAddr> {
    schedule::interrupted_task().map(|task| task.directory)
}

fn is_loadable(directory: PhysAddr) -> bool {
    PhysicalWindow::new().can_be_loaded(directory)
}
