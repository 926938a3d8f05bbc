//! The rest of an exception's handling, in the task it was handed to.

use crate::devices::console::print_task_line;
use crate::devices::meter;
use crate::fault::cause::Exception;
use crate::fault::reflect::GIVE_WAY;
use crate::lifecycle::exit;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::DOUBLE_FAULT;
use crate::process::stack;
use crate::schedule;
use layout::VirtAddr;

/// Handles a fault of ring 3 in the task's own context.
pub(crate) extern "C" fn reflected(frame: &mut TrapFrame, address: u32) {
    meter::begin();
    let exception = Exception::reflected(frame, VirtAddr(address));
    let vector = exception.vector;
    let grown = exception.needs_stack()
        && stack::grow(exception.address.page()).is_ok();
    if vector == DOUBLE_FAULT {
        let (task, eip) = (schedule::current_id(), VirtAddr(frame.eip));
        print_task_line!("kernel stack overflow: task ", task, " at ", eip);
    }
    if !grown && vector != GIVE_WAY {
        exit::die_of(vector, frame, exception.address);
    }
    schedule::preempt();
    meter::end();
}
