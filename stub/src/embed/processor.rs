//! Capability: each task's view of the processor. Required.

use wire::i386;
use wire::i386::eflags::TF;
use wire::i386::general::EFLAGS;
use wire::sse;
use wire::x87::Image;

/// The values of [`i386::GENERAL`], in that order.
pub type GeneralRegisters = [u32; i386::GENERAL.len()];

/// The values of [`i386::SYSTEM`], in that order.
pub type SystemRegisters = [u32; i386::SYSTEM.len()];

/// The processor. If a kernel does not implement [`Tasks`](super::Tasks),
/// `task` is always 1.
pub trait Processor {
    /// Returns a task's registers: for the current task as they were at the
    /// stop, for any other as they will be when it resumes its own program.
    /// None if they are not available.
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters>;

    /// Sets one of a task's registers, given its index in [`i386::GENERAL`];
    /// returns whether that was possible.
    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool;

    /// Turns single-stepping of `task` on or off; returns whether that was
    /// possible. Called before the system resumes for a step
    /// and again when it stops. By default sets or clears TF in the task's
    /// EFLAGS.
    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let Some(registers) = self.general_registers(task) else {
            return false;
        };
        let Some(&eflags) = registers.get(EFLAGS) else { return false };
        let eflags = if on { eflags | TF } else { eflags & !TF };
        self.set_general_register(task, EFLAGS, eflags)
    }

    /// Returns the control and debug registers as they are for `task`. By
    /// default they are not available.
    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let _ = task;
        None
    }

    /// Returns a task's x87 registers: those in the processor if they are the
    /// task's, without disturbing them. By default they are not available.
    fn x87_registers(&mut self, task: u32) -> Option<Image> {
        let _ = task;
        None
    }

    /// Sets a task's x87 registers; returns whether that was possible. Called
    /// only if [`Processor::x87_registers`] returns some. Bits that the
    /// processor reserves may have any value.
    fn set_x87_registers(&mut self, task: u32, registers: &Image) -> bool {
        let _ = (task, registers);
        false
    }

    /// Returns a task's SSE registers: those in the processor if they are the
    /// task's, without disturbing them. By default they are not available. They
    /// are for all tasks or for none.
    fn sse_registers(&mut self, task: u32) -> Option<sse::Image> {
        let _ = task;
        None
    }

    /// Sets a task's SSE registers; returns whether that was possible. Called
    /// only if [`Processor::sse_registers`] returns some, with no other bits
    /// of MXCSR set than were, or than every processor with SSE has.
    fn set_sse_registers(&mut self, task: u32, registers: &sse::Image) -> bool {
        let _ = (task, registers);
        false
    }

    /// Returns whether [`Processor::reset`] resets the machine. By default it
    /// does not.
    fn can_reset(&self) -> bool {
        false
    }

    /// Resets the machine as its reset button would. Called only if
    /// [`Processor::can_reset`] returns true.
    fn reset(&mut self) {}
}
