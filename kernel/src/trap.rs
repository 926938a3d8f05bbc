//! The entries of the kernel: exception tasks, interrupts, system calls.

mod entries;

use crate::debugger::{self, progress};
use crate::devices::{clock, interrupts, meter, stop_request};
use crate::lifecycle::exit;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::{
    DEVICE_NOT_AVAILABLE, EXCEPTIONS, FIRST_VECTOR, Vector,
};
use crate::machine::{debug_registers, processor};
use crate::memory::bootstrap;
use crate::schedule::{self, constraint, x87};
use crate::{descriptors, fault, system_call};
use abi::SYSTEM_CALL_VECTOR;
use layout::VirtAddr;

extern "C" fn exception_entered(index: u32, code: u32) {
    let index = index as usize;
    debug_registers::disable();
    bootstrap::mend_directory();
    match EXCEPTIONS.get(index).map(|exception| exception.vector) {
        Some(Vector::Fixed(vector)) => fault::exception(index, vector, code),
        Some(Vector::DebugIrq) | None => {
            progress::begin(0);
            debugger::on_debug_irq();
            fault::give_way();
        }
    }
    if descriptors::interrupted_kernel_task(index) {
        fault::check_return();
        if !constraint::is_stepping() {
            debug_registers::enable();
        }
    }
}

extern "C" fn interrupt_entered(frame: &mut TrapFrame) {
    meter::begin();
    let steps = frame.steps_over_call();
    match frame.vector as u8 {
        DEVICE_NOT_AVAILABLE if processor::current().has_x87() => {
            x87::not_available(schedule::current());
        }
        DEVICE_NOT_AVAILABLE => {
            let at = VirtAddr(frame.eip);
            exit::die_of(DEVICE_NOT_AVAILABLE, frame, at)
        }
        SYSTEM_CALL_VECTOR => system_call::dispatch(frame),
        vector => irq_raised(vector.wrapping_sub(FIRST_VECTOR)),
    }
    if frame.is_from_ring3() {
        schedule::preempt();
    }
    meter::end();
    if steps && frame.steps_over_call() {
        stop_request::end_step();
    }
}

fn irq_raised(irq: u8) {
    if interrupts::is_spurious(irq) {
        return;
    }
    if irq == clock::IRQ {
        clock::tick();
        schedule::tick();
    }
    interrupts::end(irq);
}
