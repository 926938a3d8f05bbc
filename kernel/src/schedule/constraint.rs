//! Which tasks may run, and whether the timer may interrupt meanwhile.
//!
//! While a task is single-stepped, no other task runs, the timer is masked, and
//! the debug registers are disabled. EFLAGS.IF is not changed, because the
//! stepped instruction could read it. If the step makes the task yield, it
//! waits for something that only other tasks can bring about, so all of them
//! run until it is back. A task that continues alone keeps the processor to
//! itself even then: the machine idles, and the timer keeps running.

use crate::devices::{debug_irq, interrupts};
use crate::machine::debug_registers;
use crate::records::task::TASKS;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use wire::rows::State;

/// The task that is single-stepped; 0 if there is none.
static STEP: AtomicU32 = AtomicU32::new(0);
/// The task that continues alone; 0 if all tasks do.
static ONLY: AtomicU32 = AtomicU32::new(0);

/// The IRQs that were masked before a step, and must be again after it;
/// [`NOT_HELD`] while there is no step.
static MASKED_BEFORE: AtomicU32 = AtomicU32::new(NOT_HELD);
const NOT_HELD: u32 = u32::MAX;

/// Sets which task is single-stepped and which continues alone. Called just
/// before the system resumes.
pub(crate) fn set(step: Option<u32>, only: Option<u32>) {
    release();
    STEP.store(step.unwrap_or(0), Ordering::Relaxed);
    ONLY.store(only.unwrap_or(0), Ordering::Relaxed);
}

/// Returns whether `task` is the one being single-stepped.
pub(crate) fn is_step_of(task: u32) -> bool {
    STEP.load(Ordering::Relaxed) == task
}

/// Whether the running task steps over a breakpoint without stopping for the
/// debugger.
static PASSES: AtomicBool = AtomicBool::new(false);

pub(crate) fn set_passing(passes: bool) {
    PASSES.store(passes, Ordering::Relaxed);
}

/// Ends such a step; returns whether there was one.
pub(crate) fn end_passing() -> bool {
    PASSES.swap(false, Ordering::Relaxed)
}

/// Returns whether a task that is being stepped has the processor, and must not
/// be preempted.
pub(crate) fn is_stepping() -> bool {
    PASSES.load(Ordering::Relaxed) || is_held()
}

fn is_held() -> bool {
    MASKED_BEFORE.load(Ordering::Relaxed) != NOT_HELD
}

/// Returns the only task that may run; none if all may.
pub(crate) fn only() -> Option<u32> {
    match STEP.load(Ordering::Relaxed) {
        0 => {
            let only = ONLY.load(Ordering::Relaxed);
            (only != 0).then_some(only)
        }
        step => can_run(step).then_some(step),
    }
}

fn can_run(task: u32) -> bool {
    TASKS.get_mapped(task).is_some_and(|task| {
        matches!(task.state.get(), State::Running | State::Ready)
    })
}

/// Called when `task` gets the processor.
pub(crate) fn switched_to(task: u32) {
    let has_passed = end_passing();
    if STEP.load(Ordering::Relaxed) == 0 && !has_passed {
        return;
    }
    if is_step_of(task) {
        hold();
        debug_registers::disable();
    } else {
        release();
        debug_registers::enable();
    }
}

/// Returns the IRQs that the kernel has masked, whether or not a step masks
/// others as well.
pub(crate) fn masked_by_kernel() -> u16 {
    let before = MASKED_BEFORE.load(Ordering::Relaxed);
    u16::try_from(before).unwrap_or_else(|_| interrupts::masked())
}

/// Masks every IRQ except that of the debug UART.
pub(crate) fn hold() {
    if !is_held() {
        let masked = interrupts::masked();
        MASKED_BEFORE.store(masked.into(), Ordering::Relaxed);
        let irq = debug_irq::number();
        interrupts::set_masked(!(1 << irq));
    }
}

fn release() {
    let before = MASKED_BEFORE.swap(NOT_HELD, Ordering::Relaxed);
    if let Ok(masked) = u16::try_from(before) {
        interrupts::set_masked(masked);
    }
}
