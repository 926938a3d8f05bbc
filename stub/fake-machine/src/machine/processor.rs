//! The registers of its tasks.

use crate::size::{Everything, IsSmall};
use crate::state::FakeMachine;
use stub::embed::{GeneralRegisters, Processor, SystemRegisters};
use wire::i386;

/// The methods that every kernel must provide.
impl<S: IsSmall> Processor for FakeMachine<S> {
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        self.state().registers(task)
    }

    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        self.state().set_register(task, index, value)
    }
}

impl Processor for FakeMachine<Everything> {
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        self.state().registers(task)
    }

    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        self.state().set_register(task, index, value)
    }

    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let mut state = self.state();
        let can_step = state.can_step;
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        task.steps = on && can_step;
        can_step
    }

    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let directory = self.state().tasks.get(&task)?.directory;
        let mut all = [0; i386::SYSTEM.len()];
        all[0] = 0x8001_0011;
        all[2] = directory.0;
        Some(all)
    }

    fn can_reset(&self) -> bool {
        true
    }

    fn reset(&mut self) {
        self.state().resets += 1;
    }
}
