//! Capability: the processor, as each task has it. Every kernel has it.

use wire::i386;
use wire::i386::eflags::TF;
use wire::i386::general::EFLAGS;

/// The values of [`i386::GENERAL`], in that order.
pub type GeneralRegisters = [u32; i386::GENERAL.len()];

/// The values of [`i386::SYSTEM`], in that order.
pub type SystemRegisters = [u32; i386::SYSTEM.len()];

/// The processor. A kernel that does not implement
/// [`Tasks`](super::Tasks) is asked about task 1 only.
pub trait Processor {
    /// Returns a task's registers: for the current task those at the stop,
    /// for another those with which it goes on in its own program.
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters>;

    /// Changes one of a task's registers, by its index in
    /// [`i386::GENERAL`]; returns whether that was possible.
    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool;

    /// Arranges that `task` traps after its next instruction, or no longer
    /// does; returns whether that was possible. By default through TF in
    /// its EFLAGS.
    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let Some(registers) = self.general_registers(task) else {
            return false;
        };
        let Some(&eflags) = registers.get(EFLAGS) else { return false };
        let eflags = if on { eflags | TF } else { eflags & !TF };
        self.set_general_register(task, EFLAGS, eflags)
    }

    /// Returns the control and debug registers as `task` has them. By
    /// default they are not available.
    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let _ = task;
        None
    }

    /// Returns whether [`Processor::reset`] resets the machine. By default
    /// nothing does.
    fn can_reset(&self) -> bool {
        false
    }

    /// Resets the machine, as its reset button does.
    fn reset(&mut self) {}
}
