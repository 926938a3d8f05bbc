//! Shows exceptions to the debugger, and reports those that nobody handles.

use crate::cpu;
use crate::debugger::{self, Verdict};
use crate::descriptors::kernel_tss;
use crate::devices::console::print_interrupting;
use crate::devices::debug_irq;
use crate::fault::cause::Exception;
use crate::machine::vectors::name;
use crate::schedule;
use layout::VirtAddr;

/// Shows an exception to the debugger.
pub(super) fn show(
    exception: &Exception,
    of_program: impl FnOnce() -> bool,
) -> Verdict {
    let Exception { vector, code, address, .. } = *exception;
    debugger::exception(vector, code, address, of_program)
}

/// Reports a fault in the kernel that the debugger has passed on: there is
/// nobody to pass it on to.
///
/// Without a stub the system halts for good. With one, the interrupted code
/// tries again, so the fault comes back to the debugger until it has removed
/// the cause.
#[inline(never)]
pub(super) fn unhandled(exception: &Exception) {
    let Exception { vector, code, address, .. } = *exception;
    // The interrupted line goes on if a debugger removes the cause.
    let eip = VirtAddr(kernel_tss().eip);
    print_interrupting!("panic: ", name(vector), " in the kernel at ", eip);
    print_interrupting!("  error code ", code, ", address ", address);
    print_interrupting!("  task ", schedule::current_id());
    if !debug_irq::has_stub() {
        cpu::stop_forever();
    }
    if !exception.comes_back() {
        while show(exception, || false) == Verdict::Deliver {}
    }
}
