//! Which tasks may run, and whether the timer is heard meanwhile.
//!
//! While a task makes a step, no other runs, the timer is masked, and the
//! processor heeds no debug register. EFLAGS.IF is left alone: the step
//! itself could see it. A task that gives up the processor in its step
//! waits for something that only others can bring: so they all run until it
//! is back. A task that continues alone keeps the processor to itself even
//! then; the machine idles, and the timer goes on.

use crate::devices::{debug_irq, interrupts};
use crate::machine::debug_registers;
use crate::records::task::TASKS;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use wire::rows::State;

/// The task that makes a step; 0 if none does.
static STEP: AtomicU32 = AtomicU32::new(0);
/// The task that continues alone; 0 if all do.
static ONLY: AtomicU32 = AtomicU32::new(0);

/// The lines that were masked before a step and are to be again after it;
/// [`NOT_HELD`] while no task makes one.
static MASKED_BEFORE: AtomicU32 = AtomicU32::new(NOT_HELD);
const NOT_HELD: u32 = u32::MAX;

/// Sets which task makes a step and which continues alone. The system goes
/// on next.
pub(crate) fn set(step: Option<u32>, only: Option<u32>) {
    release();
    STEP.store(step.unwrap_or(0), Ordering::Relaxed);
    ONLY.store(only.unwrap_or(0), Ordering::Relaxed);
}

/// Returns whether a step was asked for, and `task` is to make it.
pub(crate) fn is_step_of(task: u32) -> bool {
    STEP.load(Ordering::Relaxed) == task
}

/// Whether the running task makes a step over a breakpoint of which the
/// debugger is told nothing.
static PASSES: AtomicBool = AtomicBool::new(false);

pub(crate) fn set_passing(passes: bool) {
    PASSES.store(passes, Ordering::Relaxed);
}

/// Returns whether there was such a step, and ends it.
pub(crate) fn end_passing() -> bool {
    PASSES.swap(false, Ordering::Relaxed)
}

/// Returns whether a task that makes a step has the processor, and is not
/// to be preempted.
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

/// Tells that `task` gets the processor.
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

/// Lets only the debug line interrupt.
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
