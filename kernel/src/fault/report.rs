//! Prints the final message of a kernel whose failure no debugger has handled.

use crate::cpu;
use crate::descriptors::kernel_tss;
use crate::devices::console::{self, print_line};
use crate::fault::cause::Exception;
use crate::machine::vectors::name;
use crate::schedule;
use layout::VirtAddr;

/// Reports a fault in the kernel, and halts for good.
pub(super) fn write(exception: &Exception) -> ! {
    let Exception { vector, code, address, .. } = *exception;
    console::take_over();
    let eip = VirtAddr(kernel_tss().eip);
    print_line!("panic: ", name(vector), " in the kernel at ", eip);
    print_line!("  error code ", code, ", address ", address);
    print_line!("  task ", schedule::current_id());
    cpu::stop_forever();
}
